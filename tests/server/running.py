"""The real server of the tests: its own processes, port, log and folders, and an end to all of it.

Nothing is faked here: `bentoml serve` starts the front and the two runners, as in production.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil

Seen = TypeVar("Seen")

REPO = Path(__file__).resolve().parents[2]

READY_SECONDS = 180.0  # a model is loaded and a bank encoded, perhaps on a busy machine
STOP_SECONDS = 20.0  # more than the graceful shutdown that the server is asked for
GIVEN_UP = "Application startup failed"  # uvicorn's words; the supervisor would try for ever
TAIL = 6000  # characters of the log that a failure shows
# settings of whoever runs the tests stay out
OUTSIDE = ("FRAMED_", "BENTOML_", "CLIP_", "API_", "PYROSCOPE_")
SHARED = ("FRAMED_ENGINE_CACHE",)  # prepared models, the same for all servers of a run
OUTSIDE_NAMES = {"PORT", "HOST", "PRIVATE", "ENVIRONMENT", "XDG_CACHE_HOME"}

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy


@dataclass(frozen=True)
class RunningServer:
    """A server that was ready once; `log` holds what all of its processes write."""

    url: str
    port: int
    log: Path
    process: subprocess.Popen[bytes]
    home: Path

    def processes(self) -> list[psutil.Process]:
        """Every living process of this server, supervisor and resource trackers included."""
        return [each for each in psutil.process_iter() if _home_of(each) == str(self.home)]

    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines of the log, in order; plain text of the supervisor is left out."""
        return [line for text in self.text().splitlines() if (line := _json_line(text))]

    def requests(self, rid: str, *, seconds: float = 5.0) -> list[dict[str, Any]]:
        """The log lines of the request `rid`; waits for the last one, which follows the answer."""
        self.wait_for(
            lambda: any(line["logger"] == "framed.request" for line in self._lines_of(rid)),
            seconds,
        )
        return self._lines_of(rid)

    def _lines_of(self, rid: str) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line.get("rid") == rid]

    def wait_for(self, look: Callable[[], Seen], seconds: float) -> Seen:
        """What `look` returns once that is true, or what it last returned after `seconds`."""
        end = time.monotonic() + seconds
        while not (seen := look()) and time.monotonic() < end:
            time.sleep(0.05)
        return seen

    def wait_for_match(self, seconds: float = 120.0) -> None:
        """Until every bank's labels have their match: answers are the same from then on."""
        assert self.wait_for(self._matches, seconds), f"there is no match:\n{self.tail()}"

    def _matches(self) -> bool:
        with _DIRECT.open(f"{self.url}/info", timeout=10) as answer:
            banks = json.load(answer)["banks"].values()
        return all(bank["match"]["reason"] is None for bank in banks)

    def says(self, text: str, seconds: float = 10.0) -> bool:
        """Whether `text` is in the log; waits for it, for lines follow what they tell of."""
        return self.wait_for(lambda: text in self.text(), seconds)

    def tail(self) -> str:
        """The end of the log, without the lines of those who ask whether it is ready."""
        said = (line for line in self.text().splitlines() if '"/readyz"' not in line)
        return "\n".join(said)[-TAIL:]

    def text(self) -> str:
        """All of the log."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def running_server(
    folder: Path,
    *,
    arguments: Sequence[str] = (),
    env: Mapping[str, str] = {},
    target: str = "service:svc",
    cwd: Path = REPO,
    program: Sequence[str] = (),
) -> Iterator[RunningServer]:
    """A ready server whose files all lie below `folder`; it is gone when the block ends.

    `arguments` go to `bentoml serve`, or to `program` where that is what starts the server; `env`
    goes over the environment. Raises AssertionError with the end of the log where the server dies
    or is not ready within `READY_SECONDS`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    home, log, port = folder / "bentoml", folder / "server.log", free_port()
    with log.open("ab") as writing:
        process = subprocess.Popen(
            [*(program or _bentoml(target)), *_address(port), *arguments],
            cwd=cwd,
            env=_environment(folder, home, env),
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = RunningServer(f"http://127.0.0.1:{port}", port, log, process, home)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        stop(server)


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def stop(server: RunningServer) -> None:
    """End the supervisor by SIGTERM, then whatever is left of its processes by SIGKILL."""
    if server.process.poll() is None:
        server.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.process.wait(STOP_SECONDS)
    while left := server.processes():  # circus puts each worker into a session of its own
        for each in left:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(left, timeout=5)
    server.process.wait()


def _bentoml(target: str) -> list[str]:
    return [
        *(sys.executable, "-m", "bentoml", "serve", target),
        *("--timeout-keep-alive", "65", "--timeout-graceful-shutdown", "3"),
    ]


def _address(port: int) -> list[str]:
    return ["--host", "127.0.0.1", "--port", str(port)]


def _environment(folder: Path, home: Path, env: Mapping[str, str]) -> dict[str, str]:
    outside = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(OUTSIDE) and name not in OUTSIDE_NAMES
    }
    own = {
        "BENTOML_HOME": str(home),
        "BENTOML_DO_NOT_TRACK": "True",
        "FRAMED_CACHE_DIR": str(folder / "cache"),
        **{name: os.environ[name] for name in SHARED if name in os.environ},
        "PYTHONUNBUFFERED": "1",
    }
    return {**outside, **own, **env}


def _wait_until_ready(server: RunningServer) -> None:
    end = time.monotonic() + READY_SECONDS
    while not _is_ready(server):
        ended = server.process.poll()
        assert ended is None, f"the server ended with {ended}:\n{server.tail()}"
        assert GIVEN_UP not in server.text(), f"a process does not start:\n{server.tail()}"
        assert time.monotonic() < end, f"not ready in {READY_SECONDS} s:\n{server.tail()}"
        time.sleep(0.2)


def _is_ready(server: RunningServer) -> bool:
    try:
        with _DIRECT.open(f"{server.url}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as refused:
        says = refused.read().decode(errors="replace")
        assert "model: failed" not in says, f"the model cannot be served:\n{server.tail()}"
        return False
    except OSError:
        return False


def _home_of(process: psutil.Process) -> str | None:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        home: str | None = process.environ().get("BENTOML_HOME")
    except (psutil.Error, OSError):
        return None
    return home


def _json_line(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        line = json.loads(text)
    except ValueError:  # the line is still being written
        return None
    return line if isinstance(line, dict) else None
