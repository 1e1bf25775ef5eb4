"""A server that is told to stop finishes what it has taken on."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

from tests.server.running import running_server

PHOTOS = 40
LARGE = 4  # each takes the better part of a second, in a process of its own


@pytest.fixture(scope="module")
def answers(tmp_path_factory, sample) -> dict[str, Any]:
    """What a batch and photos get that are under way when SIGHUP and SIGTERM come."""
    photo, large, found = sample.read_bytes(), _large_png(), {}
    patient = ("--timeout-graceful-shutdown", "60")
    with running_server(tmp_path_factory.mktemp("leaving"), arguments=patient) as server:

        def ask(name: str, route: str, **sent: Any) -> None:
            with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
                found[name] = client.post(route, **sent)

        told = threading.Event()  # the server was told to stop
        under_way = [
            *((f"large {n}", "/classify?decode=exact", {"content": large}) for n in range(LARGE)),
            ("batch", "/features", {"files": [("files", ("a", photo))] * PHOTOS}),
            ("half", "/classify", {"content": _in_halves(photo, told)}),
        ]
        asking = [
            threading.Thread(target=ask, args=(name, route), kwargs=sent)
            for name, route, sent in under_way
        ]
        for each in asking:
            each.start()
        assert server.wait_for(lambda: _in_flight(server.url) == len(asking), 5)
        for number in (signal.SIGHUP, signal.SIGTERM):  # a session's end may send both
            os.kill(server.process.pid, number)
        time.sleep(0.2)  # it has heard it
        told.set()
        for each in asking:
            each.join()
        found["status"] = server.process.wait(60)
    return found


def _in_halves(photo: bytes, told: threading.Event) -> Iterator[bytes]:
    """The first half of a body at once, the other once `told`."""
    yield photo[: len(photo) // 2]
    told.wait(60)
    yield photo[len(photo) // 2 :]


def _in_flight(url: str) -> float:
    """How many requests the server says that it answers at this moment."""
    page = httpx.get(f"{url}/metrics", timeout=60, trust_env=False).text
    families = text_string_to_metric_families(page)
    (sample,) = next(each for each in families if each.name == "framed_requests_in_flight").samples
    return float(sample.value)


def test_a_batch_under_way_is_finished(answers):
    """Every item has its features: the runners stay until the front needs them no more."""
    items = answers["batch"].json()["artifacts"]
    assert len(items) == PHOTOS
    assert not [item["error"] for item in items if "error" in item]


def test_a_photo_under_way_is_answered(answers):
    """So is a single one, half of which was still to come."""
    assert answers["half"].status_code == 200


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
