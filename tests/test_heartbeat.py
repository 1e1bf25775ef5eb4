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

from framed.heartbeat import BEAT_SECONDS, HEART, LONGEST_BEAT, Beat, start_beating

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
    """Each beat names the process, whether it loads, and why it is broken, if it is."""
    reasons, loading = iter((None, "no decoder is left")), iter((True, False))

    async def work() -> None:
        start_beating(broken=lambda: next(reasons, None), loading=lambda: next(loading, False))
        await asyncio.sleep(2.5 * BEAT_SECONDS)

    asyncio.run(work())
    assert Beat.unpacked(ear.recv(LONGEST_BEAT)) == Beat(os.getpid(), loading=True)
    second = Beat.unpacked(ear.recv(LONGEST_BEAT))
    assert second == Beat(os.getpid(), broken="no decoder is left")


def test_a_long_reason_is_cut():
    """Whatever is said fits into one datagram."""
    long = Beat(7, broken="é" * 5000).packed()
    assert len(long) <= LONGEST_BEAT
    assert Beat.unpacked(long).broken.startswith("éé")


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
