"""A worker's sign of life: sent while somebody listens, and an end when the supervisor is gone."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from framed.heartbeat import BEAT_SECONDS, HEART, start_beating

ORPHAN = """
import asyncio, subprocess, sys
WORKER = '''
import asyncio
from framed.heartbeat import start_beating
async def work():
    start_beating()
    print("works", flush=True)
    await asyncio.sleep(60)
asyncio.run(work())
'''
worker = subprocess.Popen([sys.executable, "-c", WORKER])
print(worker.pid, flush=True)
worker.wait()
"""


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The supervisor's end of the line."""
    with tempfile.TemporaryDirectory(prefix="fh-") as folder:
        path = str(Path(folder) / "beats")
        monkeypatch.setenv(HEART, path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
            listening.bind(path)
            listening.settimeout(5)
            yield listening


def test_it_says_who_lives_and_what_is_broken(ear: socket.socket):
    """Each beat names the process, and the reason why it is broken, if there is one."""
    reasons = iter((None, "no decoder is left"))

    async def work() -> None:
        start_beating(lambda: next(reasons, None))
        await asyncio.sleep(2.5 * BEAT_SECONDS)

    asyncio.run(work())
    assert ear.recv(1000).decode() == f"{os.getpid()} "
    assert ear.recv(1000).decode() == f"{os.getpid()} no decoder is left"


def test_a_line_that_is_cut_does_no_harm(ear: socket.socket):
    """Work goes on where nobody reads any more."""

    async def work() -> str:
        start_beating()
        ear.close()
        await asyncio.sleep(1.5 * BEAT_SECONDS)
        return "done"

    assert asyncio.run(work()) == "done"


def test_without_a_listener_nothing_beats():
    """In a program without a supervisor no task is started, and no loop is needed."""
    assert HEART not in os.environ
    start_beating()


def test_a_worker_without_a_supervisor_ends(ear: socket.socket):
    """When the supervisor is killed its worker ends by itself."""
    supervisor = subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    worker = int(supervisor.stdout.readline())
    assert supervisor.stdout.readline() == "works\n"
    time.sleep(0.2)
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait()
    end = time.monotonic() + 10
    while Path(f"/proc/{worker}/stat").exists() and time.monotonic() < end:
        if " Z " in Path(f"/proc/{worker}/stat").read_text():
            return
        time.sleep(0.05)
    assert time.monotonic() < end
