"""What a photo may cost the others: refused by its header, or ended alone."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import psutil
import pytest

from framed.imaging.structure import MAX_SCANS
from tests.imaging.pictures import encoded, many_scans, scene
from tests.server.running import RunningServer

OVER = many_scans(MAX_SCANS + 1)  # 16 x 16 pixels: harmless, but for the count
LARGE = encoded(scene(300, 300).resize((3100, 3000)), "PNG", compress_level=1)  # for a child
ORDINARY = encoded(scene(), "JPEG")
SOON = 8.0  # seconds, on a busy machine; nothing here waits for a decode


def _inline(data: bytes) -> str:
    return base64.b64encode(data).decode()


ROUTES: dict[str, Callable[[httpx.Client, bytes], httpx.Response]] = {
    "/classify": lambda c, d: c.post("/classify", files={"file": d}),
    "/classify json": lambda c, d: c.post("/classify", json={"image": _inline(d)}),
    "/classify raw": lambda c, d: c.post(
        "/classify", content=d, headers={"Content-Type": "image/jpeg"}
    ),
    "/features": lambda c, d: c.post("/features", files={"files": d}),
    "/encode_image": lambda c, d: c.post("/encode_image", files={"image": d}),
}


def _refused(answer: httpx.Response) -> bool:
    return '"corrupt"' in answer.text and "scans" in answer.text


def test_too_many_scans_are_refused_while_others_are_served(client: httpx.Client) -> None:
    """Every photo route refuses at once, by header, and the photos between them get answers."""
    with ThreadPoolExecutor(4) as senders:
        refusals = {name: senders.submit(ask, client, OVER) for name, ask in ROUTES.items()}
        served = [senders.submit(ROUTES["/classify"], client, ORDINARY) for _ in range(8)]
        answers = {name: each.result(60) for name, each in refusals.items()}
    assert [name for name, answer in answers.items() if not _refused(answer)] == []
    assert answers["/classify"].status_code == 400
    assert {each.result().status_code for each in served} == {200}


def _decoders(server: RunningServer) -> list[psutil.Process]:
    """The processes that decode for this server; they know nothing of its environment."""
    below = {each for own in server.processes() for each in own.children(recursive=True)}
    return [each for each in below if "framed.imaging.isolated" in each.cmdline()]


@contextmanager
def _held(server: RunningServer) -> Iterator[list[psutil.Process]]:
    """The server's decoders, stopped in whatever they do: to their parent they look hung."""
    held = _decoders(server)
    for each in held:
        each.suspend()
    try:
        yield held
    finally:
        for each in held:
            if each.is_running():
                each.resume()


def test_a_decode_that_hangs_is_killed_alone(client: httpx.Client, server: RunningServer) -> None:
    """It ends as 504; others are served and refused meanwhile, and then all is as before."""
    assert ROUTES["/classify"](client, LARGE).status_code == 200
    with _held(server) as held, ThreadPoolExecutor(1) as sender:
        assert held
        hung = sender.submit(ROUTES["/classify"], client, LARGE)
        time.sleep(0.5)
        began = time.monotonic()
        assert ROUTES["/classify"](client, ORDINARY).status_code == 200
        assert ROUTES["/classify"](client, OVER).status_code == 400
        assert client.get("/readyz").status_code == 200
        assert time.monotonic() - began < SOON
        assert not hung.done()
        answer = hung.result(60)
        assert (answer.status_code, answer.json()["error"]["code"]) == (504, "deadline")
        gone = server.wait_for(lambda: not all(map(_lives, held)), SOON)
        assert gone
    assert ROUTES["/classify"](client, LARGE).status_code == 200


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("route", ["/classify", "/features"])
def test_a_large_picture_is_answered_from_a_child(client: httpx.Client, route: str) -> None:
    """What is decoded elsewhere is answered like any other."""
    assert ROUTES[route](client, LARGE).status_code == 200
