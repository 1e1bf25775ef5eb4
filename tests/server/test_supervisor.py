"""The real server when its processes are killed or hang: noticed, replaced, and nobody else's."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from framed.framework.sweeping import sweep
from tests.server.load import Ask, Load, Reply, load_on, upload
from tests.server.running import RunningServer, running_server

PROCESSES = ("ClipRunner", "TechnicalRunner", "Framed")
SIGNALS = (signal.SIGKILL, signal.SIGSTOP)
FAULTS = tuple(itertools.product(PROCESSES, SIGNALS))
CLIENTS = 8
AGAIN = 15.0  # seconds, on a machine that does other work too; the promise is measured by `soak`
PROMISED = 5.0  # seconds, on a machine that does nothing else
SOAK_FAULTS = 50
SETTLED = 6.0  # seconds between two faults, so that each is the first of its worker
NO_HANG = 20.0
REFUSED = {"unavailable", "not_ready"}
NOBODY = 65534

CONNECT = """
import os, socket, sys
os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
reached = []
for path in sys.argv[1:]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM if "beats" in path else 1) as caller:
        try:
            caller.connect(path)
            reached.append(path)
        except OSError:
            pass
print(reached)
"""


@dataclass
class Fault:
    """What became of one process that was killed or stopped."""

    name: str
    seconds: float | None  # until all was good again; None: it never was
    checksum: str | None


@dataclass
class Seen:
    """All that a server with faults did."""

    before: str
    faults: list[Fault] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)


@pytest.fixture(scope="module")
def temp() -> Iterator[Path]:
    """The server's temporary folder, with a path short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="fs-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, temp: Path) -> Iterator[RunningServer]:
    """The server of this file; its tests come in order, the last one ends it."""
    env = {"TMPDIR": str(temp), "FRAMED_FEATURE_CACHE": "False"}
    with running_server(tmp_path_factory.mktemp("supervisor"), env=env) as server:
        yield server


@pytest.fixture(scope="module")
def seen(watched: RunningServer, sample: Path) -> Seen:
    """Each process killed once and stopped once, under load."""
    return asyncio.run(_break(watched, sample.read_bytes(), FAULTS, pause=0.5, limit=AGAIN))


def test_another_user_reaches_nothing_but_the_port(watched: RunningServer, temp: Path):
    """Of all sockets of the server only the port can be reached by another user."""
    if os.getuid() != 0:
        pytest.skip("only root can become another user")
    assert _ports(watched) == {watched.port}
    paths = [str(path) for path in temp.rglob("*") if path.is_socket()]
    assert len(paths) >= 3  # two runners', and that of the signs of life
    program = CONNECT.format(nobody=NOBODY)
    found = subprocess.run(
        [sys.executable, "-c", program, *paths], capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"


def test_unix_sockets_lie_in_folders_of_the_servers_user(watched: RunningServer, temp: Path):
    """There is no unix socket elsewhere, and each lies in a folder that is its user's alone."""
    connections = [each for process in watched.processes() for each in _sockets(process, "unix")]
    paths = {Path(each.laddr) for each in connections if str(each.laddr).startswith("/")}
    assert paths
    assert {path.parent.parent for path in paths} == {temp}
    assert {path.parent.stat().st_mode & 0o777 for path in paths} == {0o700}


def test_killed_and_hung_processes_are_replaced(seen: Seen):
    """Whichever process dies or is stopped, photos are answered again soon, by the same bank."""
    assert [each.name for each in seen.faults if each.seconds is None] == []
    assert {each.checksum for each in seen.faults} == {seen.before}


def test_only_requests_under_way_fail(seen: Seen):
    """Every answer is right, or 503 that says when to come back; none hangs."""
    answered = [reply for reply in seen.replies if not reply.fault]
    odd = [
        (reply.status, reply.body)
        for reply in answered
        if reply.status != 200 and (reply.status, reply.code in REFUSED) != (503, True)
    ]
    assert not odd[:5]
    refused = [reply for reply in answered if reply.status == 503]
    assert all(int(reply.headers["retry-after"]) > 0 for reply in refused)
    assert max(reply.seconds for reply in seen.replies) < NO_HANG


def test_right_answers_stay_right(seen: Seen):
    """Around each fault the answers are those of before it."""
    ranked = [r for r in seen.replies if r.status == 200 and r.ask.name == "classify"]
    assert {r.body["bank_checksum"] for r in ranked} == {seen.before}
    assert len({r.body["results"][0]["label"] for r in ranked}) == 1
    items = [
        i
        for r in seen.replies
        if r.ask.name == "features" and r.status == 200
        for i in r.body["artifacts"]
    ]
    assert {i["error"]["code"] for i in items if "error" in i} <= REFUSED


def test_only_the_front_takes_connections_along(seen: Seen):
    """A runner's end costs no connection; the front's own costs those that it held, each once."""
    lost = [reply for reply in seen.replies if reply.fault]
    assert len(lost) <= len(SIGNALS) * CLIENTS


def test_workers_end_with_their_supervisor(watched: RunningServer, temp: Path):
    """After SIGKILL for the supervisor nobody holds the port, and the next start sweeps."""
    left = [each for each in watched.processes() if each.pid != watched.process.pid]
    watched.process.kill()
    watched.process.wait()
    psutil.wait_procs(left, timeout=AGAIN)
    assert watched.processes() == []
    with socket.create_server(("127.0.0.1", watched.port)):
        pass
    assert len(sweep(temp)) == 2  # the run's, and that of its runners' sockets
    assert list(temp.glob("*uds*")) + list(temp.glob("framed-run-*")) == []


@pytest.mark.soak
def test_fifty_faults(tmp_path: Path, sample: Path):
    """Fifty kills and hangs, sixteen clients: each time good again within five seconds."""
    faults = [fault for fault, _ in zip(itertools.cycle(FAULTS), range(SOAK_FAULTS), strict=False)]
    with running_server(tmp_path, env={"FRAMED_FEATURE_CACHE": "False"}) as server:
        photo = sample.read_bytes()
        seen = asyncio.run(_break(server, photo, faults, pause=SETTLED, limit=60, clients=16))
    print([(each.name, each.seconds and round(each.seconds, 2)) for each in seen.faults])
    assert {each.checksum for each in seen.faults} == {seen.before}
    late = [each for each in seen.faults if each.seconds is None or each.seconds > PROMISED]
    assert late == []


async def _break(
    server: RunningServer,
    photo: bytes,
    faults: tuple[tuple[str, signal.Signals], ...] | list[tuple[str, signal.Signals]],
    *,
    pause: float,
    limit: float,
    clients: int = CLIENTS,
) -> Seen:
    """Send each signal to its process, under the load of `clients`."""
    one = upload("classify", "/classify", "file", photo)
    batch = upload("features", "/features", "files", photo)
    stop = asyncio.Event()

    def until_stopped() -> Iterator[Ask]:
        for ask in itertools.cycle((one, one, batch)):
            if stop.is_set():
                return
            yield ask

    async with load_on(server.url, clients + 1) as load:
        seen = Seen((await load.one(one)).body["bank_checksum"])
        crowd = asyncio.create_task(_patient(load, until_stopped(), clients))
        await asyncio.sleep(2)
        for name, number in faults:
            await asyncio.sleep(pause)
            seen.faults.append(await _fault(server, load, one, batch, name, number, limit))
        stop.set()
        seen.replies = await crowd
    return seen


async def _patient(load: Load, asks: Iterator[Ask], clients: int) -> list[Reply]:
    """`Load.send` by clients that wait a little where they are refused."""
    replies: list[Reply] = []

    async def client() -> None:
        for ask in asks:
            replies.append(reply := await load.one(ask))
            await asyncio.sleep(0 if reply.status == 200 else 0.2)

    await asyncio.gather(*(client() for _ in range(clients)))
    return replies


async def _fault(
    server: RunningServer,
    load: Load,
    one: Ask,
    batch: Ask,
    name: str,
    number: signal.Signals,
    limit: float,
) -> Fault:
    """Signal the process, and wait until another one is there and all is good."""
    (old,) = _named(server, name)
    old.send_signal(number)
    began = time.monotonic()
    while (seconds := time.monotonic() - began) < limit:
        if _named(server, name) not in ([], [old]) and await _is_ready(load):
            ranked, measured = await load.one(one), await load.one(batch)
            if ranked.status == measured.status == 200 and _is_whole(measured):
                return Fault(name, time.monotonic() - began, ranked.body["bank_checksum"])
        await asyncio.sleep(0.1)
    return Fault(name, None, f"none after {seconds:.0f} s")


async def _is_ready(load: Load) -> bool:
    return (await load.one(Ask("ready", "/readyz", method="GET"))).status == 200


def _is_whole(measured: Reply) -> bool:
    return not any("error" in item for item in measured.body["artifacts"])


def _named(server: RunningServer, name: str) -> list[psutil.Process]:
    return [each for each in server.processes() if _name(each) == name]


def _name(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return str(process.name())
    return ""


def _ports(server: RunningServer) -> set[int]:
    """Every TCP port that a process of the server listens on, and every UDP port."""
    found = [each for process in server.processes() for each in _sockets(process, "inet")]
    return {
        each.laddr.port
        for each in found
        if each.type == socket.SOCK_DGRAM or each.status == psutil.CONN_LISTEN
    }


def _sockets(process: psutil.Process, kind: str) -> list[Any]:
    try:
        return list(process.net_connections(kind))
    except psutil.Error:
        return []
