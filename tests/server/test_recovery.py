"""The real server when a part of it dies, when it cannot start, and when too much is asked."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
from PIL import Image

from tests.server.load import Ask, Load, Reply, load_on, upload
from tests.server.own_config import own_config, words, write_bank
from tests.server.running import REPO, RunningServer, free_port, running_server

BANK = "words"
CLIENTS = 8
AGAIN = 30.0  # seconds for a new runner, on a machine that does other work too
NO_HANG = 20.0  # seconds: the deadline of 10, and as much for a busy machine
MOST = 20_000  # requests, should nothing ever answer again
ENDS = 120.0  # seconds within which a server that cannot start has ended


@dataclass(frozen=True)
class Killed:
    """What was seen around the death of a runner."""

    replies: list[Reply]
    died: psutil.Process
    successor: psutil.Process | None
    before: str  # checksum that served when it died
    after: str | None  # checksum of the first answer of the successor; None: it never answered


@dataclass(frozen=True)
class Next:
    """The server started next on the same folders, one that takes little at a time."""

    server: RunningServer
    client: httpx.Client


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where both servers of this file keep their cache, their log and their configuration."""
    return tmp_path_factory.mktemp("recovery")


@pytest.fixture(scope="module")
def killed(folder: Path, sample: Path) -> Killed:
    """A reload, an edit that is not reloaded, and SIGKILL for the ClipRunner under load."""
    config = own_config(folder)
    write_bank(config, BANK, _few("a"))
    env = {"FRAMED_CONFIG_DIR": str(config)}
    with running_server(folder, env=env) as server, _client(server) as client:
        server.wait_for(lambda: BANK in client.get("/info").json().get("banks", {}), 120)
        write_bank(config, BANK, _few("b"))
        reloaded = client.post("/reload", json={"bank": BANK})
        assert reloaded.status_code == 200, reloaded.text
        write_bank(config, BANK, _few("c"))
        ask = upload("classify", "/classify", "file", sample.read_bytes(), bank=BANK)
        seen = asyncio.run(_kill_under_load(server, ask, reloaded.json()["checksum"]))
    print(Counter((reply.status, reply.code) for reply in seen.replies))  # shown with -s
    return seen


@pytest.fixture(scope="module")
def following(folder: Path, killed: Killed) -> Iterator[Next]:
    """A server started after the first one ended, on the same cache and configuration."""
    env = {
        "FRAMED_CONFIG_DIR": str(folder / "config"),
        "FRAMED_MAX_IN_FLIGHT": "8",
        "FRAMED_QUEUE": "2",
        "FRAMED_DEADLINE": "2",
        "FRAMED_DECODE_THREADS": "1",
    }
    with running_server(folder, env=env) as server, _client(server) as client:
        server.wait_for(lambda: BANK in client.get("/info").json().get("banks", {}), 120)
        yield Next(server, client)


def test_no_request_hangs_while_the_runner_is_gone(killed: Killed):
    """While a runner is dead each request is answered within its deadline, well or in shape."""
    odd = [
        (reply.status, reply.code, reply.fault, reply.body)
        for reply in killed.replies
        if (reply.status, reply.code)
        not in {(200, None), (503, "unavailable"), (503, "not_ready"), (504, "deadline")}
    ]
    assert not odd[:10]
    assert max(reply.seconds for reply in killed.replies) < NO_HANG


def test_refusals_say_when_to_come_back(killed: Killed):
    """Each 503 of those moments carries Retry-After."""
    refused = [reply for reply in killed.replies if reply.status == 503]
    assert all(int(reply.headers["retry-after"]) > 0 for reply in refused)


def test_another_runner_takes_over(killed: Killed):
    """The dead runner is replaced without anybody's help, and photos are answered again."""
    assert not killed.died.is_running()
    assert killed.successor is not None
    assert killed.after is not None


def test_the_successor_serves_the_same_bank(killed: Killed):
    """After the restart the bank is the one that served before, edited files notwithstanding."""
    assert killed.after == killed.before


def test_a_new_server_reads_the_files(following: Next, killed: Killed):
    """A server started anew serves what the label files say now, not what served last."""
    labels = following.client.get("/labels", params={"bank": BANK}).json()
    assert labels["labels"] == _few("c")
    assert labels["checksum"] != killed.before


def test_too_many_are_refused(following: Next):
    """Above its limits the server refuses in shape and at once; whom it takes, it answers."""
    small = upload("small", "/classify", "file", _png(64, 48))
    replies = asyncio.run(_send(following.server.url, [small] * 320, 32))
    outcomes = {(reply.status, reply.code) for reply in replies}
    assert outcomes == {(200, None), (503, "overloaded")}
    refused = [reply for reply in replies if reply.status == 503]
    assert all(int(reply.headers["retry-after"]) > 0 for reply in refused)


def test_probes_answer_while_others_are_refused(following: Next):
    """Liveness and readiness are answered however many requests wait."""
    small = upload("small", "/classify", "file", _png(64, 48))
    statuses = asyncio.run(_probe_under_load(following.server.url, [small] * 320))
    assert set(statuses) == {200}
    assert len(statuses) >= 2


def test_slow_senders_are_waited_for_and_take_no_place(following: Next):
    """More of them than may be in flight, each slower than the deadline: all are answered, and so
    are a probe and a photo in between."""
    slow, between = asyncio.run(_slowly(following.server.url, senders=12, seconds=2.6))
    assert slow == [200] * 12
    assert between == [200, 200]


def test_deadline_answers_in_shape(following: Next):
    """What is not finished in time is answered 504, and the next request is served."""
    slow = [("image", ("slow.png", _png(5000, 5000), "image/png"))] * 48
    late = following.client.post("/encode_image", files=slow)
    assert (late.status_code, late.json()["error"]["code"]) == (504, "deadline")
    assert {"message", "request_id"} <= set(late.json()["error"])
    after = following.client.post("/classify", files={"file": _png(64, 48)})
    assert after.status_code == 200, after.text


def test_absent_model_ends_the_start(tmp_path: Path):
    """Without the model's files `bentoml serve` ends by itself and says what to run."""
    ended = _start({"FRAMED_MODEL": "datacomp-l14"}, tmp_path)
    assert ended.returncode != 0
    assert re.search("python -m framed models (pull|prepare) datacomp-l14", ended.stdout)


def test_wrong_settings_end_the_start(tmp_path: Path):
    """All settings that are wrong are named, each with its value, and the server does not start."""
    ended = _start({"FRAMED_PORT": "abc", "FRAMED_DEVICE": "tpu"}, tmp_path)
    assert ended.returncode != 0
    assert "FRAMED_PORT='abc'" in ended.stdout
    assert "FRAMED_DEVICE='tpu'" in ended.stdout


async def _slowly(url: str, senders: int, seconds: float) -> tuple[list[int], list[int]]:
    """Statuses of texts that are sent in eight steady pieces, and of what is asked meanwhile."""
    pieces = [b'{"texts": [', *[b'"a photo", '] * 6, b'"a cat"]}']

    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece
            await asyncio.sleep(seconds / len(pieces))

    async def ask(client: httpx.AsyncClient) -> int:
        kind = {"Content-Type": "application/json"}
        return (await client.post("/encode_text", content=body(), headers=kind)).status_code

    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as client:
        asked = [asyncio.create_task(ask(client)) for _ in range(senders)]
        await asyncio.sleep(seconds / 2)
        probe = await client.get("/readyz")
        photo = await client.post("/classify", files={"file": _png(64, 48)})
        return await asyncio.gather(*asked), [probe.status_code, photo.status_code]


def _few(version: str) -> list[str]:
    return words(version)[:20]


def _client(server: RunningServer) -> httpx.Client:
    return httpx.Client(base_url=server.url, timeout=120, trust_env=False)


async def _kill_under_load(server: RunningServer, ask: Ask, before: str) -> Killed:
    stop = asyncio.Event()

    def until_stopped() -> Iterator[Ask]:
        for _ in range(MOST):
            if stop.is_set():
                return
            yield ask

    async with load_on(server.url, CLIENTS + 1) as load:
        crowd = asyncio.create_task(load.send(until_stopped(), CLIENTS))
        await load.send([ask] * 3, 1)
        runner = _clip_runner(server)
        assert runner is not None
        runner.send_signal(signal.SIGKILL)
        successor, after = await _until_again(server, load, ask, runner)
        stop.set()
        return Killed(await crowd, runner, successor, before, after)


async def _until_again(
    server: RunningServer, load: Load, ask: Ask, died: psutil.Process
) -> tuple[psutil.Process | None, str | None]:
    """The runner that took over, and the checksum of its first answer."""
    end = time.monotonic() + AGAIN
    runner = None
    while time.monotonic() < end:
        runner = _clip_runner(server)
        reply = await load.one(ask)
        if runner is not None and runner != died and reply.status == 200:
            return runner, reply.body["bank_checksum"]
        await asyncio.sleep(0.2)
    return runner, None


def _clip_runner(server: RunningServer) -> psutil.Process | None:
    """The living process that serves ClipRunner."""
    return next((each for each in server.processes() if _name(each) == "ClipRunner"), None)


def _name(process: psutil.Process) -> str:
    try:
        return str(process.name())
    except psutil.Error:
        return ""


async def _send(url: str, asks: list[Ask], clients: int) -> list[Reply]:
    async with load_on(url, clients) as load:
        return await load.send(asks, clients)


async def _probe_under_load(url: str, asks: list[Ask]) -> list[int]:
    async with load_on(url, 33) as load:
        crowd = asyncio.create_task(load.send(asks, 32))
        statuses = []
        while not crowd.done():
            for path in ("/livez", "/readyz"):
                async with load.session.get(url + path) as answer:
                    statuses.append(answer.status)
        await crowd
        return statuses


def _png(width: int, height: int) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), (90, 130, 170)).save(written, "PNG")
    return written.getvalue()


def _start(env: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """`bentoml serve` until it has ended by itself; no hub cache of this machine is seen."""
    own = {
        "BENTOML_HOME": str(folder / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
        "FRAMED_CACHE_DIR": str(folder / "cache"),
        "HF_HOME": str(folder / "hub"),
    }
    return subprocess.run(
        [sys.executable, "-m", "bentoml", "serve", "service:svc", "--port", str(free_port())],
        cwd=REPO,
        env={**os.environ, **own, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=ENDS,
        check=False,
    )
