"""Serving on a CPU needs none of what only prepares, trains or compares."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from tests.server.running import REPO, RunningServer

pytestmark = pytest.mark.without_torch

SLIM = "FRAMED_TESTS_SLIM"  # set where the tests run in a slim set-up
KEPT_OUT = (
    "torch",
    "torchvision",
    "open_clip",
    "timm",
    "skimage",
    "piq",
    "pywt",
    "scipy",
    "triton",
)
CAT = REPO / "docs" / "samples" / "cat.jpg"


def test_photos_are_answered(client: httpx.Client) -> None:
    """Labels, own words and metrics, of the embedded model."""
    files = {"file": CAT.read_bytes()}
    labels = client.post("/classify", files=files).raise_for_status().json()
    assert labels["results"][0]["label"] == "animal"
    words = client.post("/classify", files=files, data={"labels": '["a cat", "a car"]'})
    assert words.raise_for_status().json()["top_label"] == "a cat"
    features = client.post("/features", files={"files": CAT.read_bytes()})
    assert features.raise_for_status().json()["artifacts"][0]["features"]["tech"]["brisque"]


def test_no_process_has_loaded_them(client: httpx.Client, server: RunningServer) -> None:
    """Whatever is installed: front, runners and supervisor, once they have answered."""
    test_photos_are_answered(client)
    processes = server.processes()
    assert len(processes) >= 4
    mapped = {part for each in processes for part in _parts(Path(f"/proc/{each.pid}/maps"))}
    assert "numpy" in mapped
    assert mapped.isdisjoint(KEPT_OUT)


def _parts(maps: Path) -> set[str]:
    """The folders of what a process has mapped."""
    if not maps.is_file():
        pytest.skip("this system does not say what a process has mapped")
    lines = maps.read_text().splitlines()
    return {part for line in lines if "/" in line for part in line.split("/")[1:]}


@pytest.mark.skipif(SLIM not in os.environ, reason="this is not the slim set-up")
def test_a_slim_set_up_has_none_of_them() -> None:
    """So that no test there passes by what it is not to have."""
    assert [package for package in KEPT_OUT if find_spec(package)] == []
