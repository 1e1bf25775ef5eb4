"""The supervisor around a service that needs no model: in a thread, in a container, on reload."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.framework.tiny import SECONDS, environment, lay_out
from tests.server.running import free_port

THREADED = """
import os, signal, sys, time
import bentoml, httpx, psutil

def pid():
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            return httpx.post(url + "/pid", trust_env=False, timeout=2).json()
        except (httpx.HTTPError, ValueError):
            time.sleep(0.1)

def handlers():
    return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]

own = handlers()
server = bentoml.serve("tiny:svc", port=int(sys.argv[1]), blocking=False)
assert handlers() == own  # the program's, which is to hear Ctrl-C
url = f"http://127.0.0.1:{sys.argv[1]}"
first = pid()
assert first != os.getpid()
mine = [each for each in psutil.Process().net_connections("inet") if each.status == "LISTEN"]
assert {each.laddr.port for each in mine} == {int(sys.argv[1])}, mine
os.kill(first, signal.SIGKILL)
second = pid()
assert second not in (None, first), (first, second)
server.stop()
assert not psutil.pid_exists(second)
print("well", os.listdir(os.environ["TMPDIR"]))
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the service in it."""
    return lay_out(tmp_path)


def run(place: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A Python program in that folder, until it ends."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=place,
        env={**environment(place), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_in_a_thread_of_a_program_it_restarts_and_listens_to_nobody(place: Path):
    """`bentoml.serve()` replaces a killed worker too, and leaves neither port nor folder."""
    ended = run(place, "-c", THREADED, str(free_port()))
    assert ended.returncode == 0, ended.stdout
    assert "well []" in ended.stdout


def test_in_a_container_a_worker_that_never_comes_up_ends_the_server(place: Path):
    """After a few tries in a row, which the log tells, for the orchestrator to see."""
    serve = ("-m", "bentoml", "serve", "tiny:svc", "--port", str(free_port()))
    ended = run(place, *serve, BENTOML_CONTAINERIZED="True", BROKEN="1")
    assert ended.returncode not in (0, None)
    assert ended.stdout.count("ended with 3") == 5
    assert "A worker never came up" in ended.stdout
    assert list((place / "tmp").iterdir()) == []
