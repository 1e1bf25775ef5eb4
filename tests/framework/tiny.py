"""A server of a service that needs no model: the supervisor and one worker, started in a second."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.server.running import REPO, free_port

SECONDS = 60.0  # for what takes one or two

SERVICE = """
import asyncio, os
import bentoml
from framed.framework.around import is_worker
from framed.framework.supervisor import supervise
from framed.heartbeat import start_beating

if not is_worker():
    supervise(10.0)

@bentoml.service(workers=1)
class Tiny:
    def __init__(self):
        if "BROKEN" in os.environ:
            os._exit(3)
        start_beating()

    @bentoml.api
    def pid(self) -> int:
        return os.getpid()

    @bentoml.api
    async def wait(self, seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

svc = Tiny
"""


@dataclass(frozen=True)
class Tiny:
    """The server that runs, and the folder where all of its files lie."""

    process: subprocess.Popen[str]
    url: str
    place: Path

    def pid(self, *, unlike: int | None = None) -> int:
        """The worker that answers; not `unlike`, which was killed."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            try:
                found = int(httpx.post(f"{self.url}/pid", trust_env=False, timeout=5).json())
            except (httpx.HTTPError, ValueError):
                found = None
            if found not in (None, unlike):
                return found
            time.sleep(0.1)
        raise AssertionError(self.said())

    def said(self) -> str:
        """All that was written."""
        return (self.place / "log").read_text()

    def left(self) -> list[str]:
        """What lies in the temporary folder."""
        return os.listdir(self.place / "tmp")


def lay_out(place: Path, service: str = SERVICE) -> Path:
    """`place`, with the service and a temporary folder in it."""
    (place / "tiny.py").write_text(service)
    (place / "tmp").mkdir()
    return place


def environment(place: Path) -> dict[str, str]:
    """That of a server whose files lie in `place`."""
    own = {
        "BENTOML_HOME": str(place / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
        "PYTHONPATH": str(REPO),
        "TMPDIR": str(place / "tmp"),
    }
    return {**os.environ, **own}


@contextmanager
def tiny_server(place: Path, before: Sequence[str] = ()) -> Iterator[Tiny]:
    """The server of `place`, started by the command line `before` it; killed at the end."""
    port = str(free_port())
    serve = (*before, sys.executable, "-m", "bentoml", "serve", "tiny:svc", "--port", port)
    with (
        (place / "log").open("w") as log,
        subprocess.Popen(
            serve, cwd=place, env=environment(place), stdout=log, stderr=log, text=True
        ) as process,
    ):
        try:
            yield Tiny(process, f"http://127.0.0.1:{port}", place)
        finally:
            process.kill()  # its worker sees that, and ends
