"""A server that is told to stop finishes what it has taken on."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import httpx
import pytest

from tests.server.running import running_server

PHOTOS = 40


@pytest.fixture(scope="module")
def answers(tmp_path_factory, sample) -> dict[str, Any]:
    """What a batch and a photo get that are under way when SIGTERM comes."""
    photo, found = sample.read_bytes(), {}
    with running_server(tmp_path_factory.mktemp("leaving")) as server:

        def ask(route: str, files: list[tuple[str, tuple[str, bytes]]]) -> None:
            with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
                found[route] = client.post(route, files=files)

        batch = threading.Thread(target=ask, args=("/features", [("files", ("a", photo))] * PHOTOS))
        single = threading.Thread(target=ask, args=("/classify", [("file", ("a", photo))]))
        batch.start()
        time.sleep(0.3)  # long enough to have begun, far too short to be done
        single.start()
        time.sleep(0.1)
        os.kill(server.process.pid, signal.SIGTERM)
        batch.join()
        single.join()
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


def test_then_it_ends_well(answers):
    """The server's process ends by itself, without an error."""
    assert answers["status"] == 0
