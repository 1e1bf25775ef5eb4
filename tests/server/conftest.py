"""One real server for all tests of this folder, and the photos they send."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.running import REPO, RunningServer, running_server

SHARED = REPO.parent / "shared" / "data"
SAMPLES = REPO / "docs" / "samples"


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder below which the server may open photos: the samples lie there."""
    folder = tmp_path_factory.mktemp("roots")
    for photo in SAMPLES.glob("*.jpg"):
        shutil.copy(photo, folder)
    return folder


@pytest.fixture(scope="session")
def server(roots: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The server that all tests of this folder share; they must not change its state."""
    folders = [str(each) for each in (roots, SHARED) if each.is_dir()]
    with running_server(
        tmp_path_factory.mktemp("server"),
        env={
            "FRAMED_PATH_ROOTS": os.pathsep.join(folders),
            "FRAMED_FEATURE_CACHE": "False",  # each way in is to be worked on, not found again
        },
    ) as started:
        started.wait_for_match()
        yield started


@pytest.fixture(scope="session")
def client(server: RunningServer) -> Iterator[httpx.Client]:
    """A plain HTTP client of the shared server."""
    with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as plain:
        yield plain


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The photos beside the repository; tests that need them are skipped without."""
    if not SHARED.is_dir():
        pytest.skip(f"no reference photos at {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def sample() -> Path:
    """One photo that always comes with the repository."""
    return SAMPLES / "pier_sunset.jpg"
