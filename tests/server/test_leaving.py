"""A server that is told to stop finishes what it has taken on."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.server.running import running_server

PHOTOS = 40
LARGE = 4  # each takes the better part of a second, in a process of its own


@pytest.fixture(scope="module")
def answers(tmp_path_factory, sample) -> dict[str, Any]:
    """What a batch and a photo get that are under way when SIGTERM comes."""
    photo, large, found = sample.read_bytes(), _large_png(), {}
    patient = ("--timeout-graceful-shutdown", "60")
    with running_server(tmp_path_factory.mktemp("leaving"), arguments=patient) as server:

        def ask(
            route: str, files: list[tuple[str, tuple[str, bytes]]], name: str | None = None
        ) -> None:
            with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
                found[name or route] = client.post(route, files=files)

        batch = threading.Thread(target=ask, args=("/features", [("files", ("a", photo))] * PHOTOS))
        single = threading.Thread(target=ask, args=("/classify", [("file", ("a", photo))]))
        slow = [
            threading.Thread(
                target=ask, args=("/classify?decode=exact", [("file", ("b", large))], f"large {n}")
            )
            for n in range(LARGE)
        ]
        for each in slow:
            each.start()
        batch.start()
        time.sleep(0.3)  # long enough to have begun, far too short to be done
        single.start()
        time.sleep(0.1)
        os.kill(server.process.pid, signal.SIGTERM)
        for each in (batch, single, *slow):
            each.join()
        found["status"] = server.process.wait(60)
    return found


def test_a_batch_under_way_is_finished(answers):
    """Every item has its features: the runners stay until the front needs them no more."""
    items = answers["/features"].json()["artifacts"]
    assert len(items) == PHOTOS
    assert not [item["error"] for item in items if "error" in item]


def test_a_photo_under_way_is_answered(answers):
    """So is a single one."""
    assert answers["/classify"].status_code == 200


def test_large_photos_under_way_are_answered(answers):
    """However long they are decoded, nobody calls them damaged, and the model waits for them."""
    assert [answers[f"large {n}"].status_code for n in range(LARGE)] == [200] * LARGE


def test_then_it_ends_well(answers):
    """The server's process ends by itself, without an error."""
    assert answers["status"] == 0


def _large_png() -> bytes:
    written = io.BytesIO()
    Image.linear_gradient("L").resize((5000, 4200)).convert("RGB").save(written, "PNG")
    return written.getvalue()
