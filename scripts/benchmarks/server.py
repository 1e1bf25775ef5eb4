"""A server of one's own, as `make run` starts it: its processes, their memory and CPU time."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from scripts.benchmarks.child import own_environment
from scripts.benchmarks.models import CACHE, ENGINES, ROOT, Model
from scripts.benchmarks.row import NotMeasurableError

READY_S = 300.0  # the first start prepares the model
STOP_S = 20.0
_POLL_S = 0.05
_TAIL = 1500  # characters of the log that a failure shows
_ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Server:
    """A server that is ready, and how many seconds it took to be."""

    port: int
    home: Path
    seconds: float

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{_ADDRESS}:{self.port}"

    def processes(self) -> list[psutil.Process]:
        """All living processes of this server, found by the folder that they were started with."""
        return [each for each in psutil.process_iter() if _home_of(each) == str(self.home)]

    def cpu_seconds(self) -> float:
        """CPU time of all its processes so far."""
        times = [each.cpu_times() for each in self.processes()]
        return float(sum(each.user + each.system for each in times))

    def memory_gb(self) -> float:
        """Proportional set size of all its processes, in GB (10^9 bytes).

        What several of them map is counted once. Only Linux tells it.
        """
        try:
            return float(sum(each.memory_full_info().pss for each in self.processes()) / 1e9)
        except AttributeError:
            raise NotMeasurableError("this system tells no proportional set size") from None


@contextmanager
def serving(
    model: Model, tree: Path = ROOT, /, *, environment: Mapping[str, str] = {}, **settings: str
) -> Iterator[Server]:
    """A ready server of `model`, with `settings` by name, over other variables of `environment`;
    it is gone when the block ends. It is the build in the folder `tree`, with caches of its own.

    Raises `NotMeasurableError` with the end of its log where it does not become ready.
    """
    with started(
        lambda port: [
            sys.executable,
            "-m",
            "scripts.serve",
            "--host",
            _ADDRESS,
            "--port",
            str(port),
        ],
        {**_environment(model, tree, settings), **environment},
        _is_ready,
        tree,
    ) as server:
        yield server


@contextmanager
def started(
    command_for: Callable[[int], Sequence[str]],
    environment: Mapping[str, str],
    is_ready: Callable[[int], bool],
    tree: Path = ROOT,
) -> Iterator[Server]:
    """Any server, ready once `is_ready(port)`, started by `command_for(port)` in `tree`, with a
    folder for BentoML of its own, by which its processes are known; else as `serving`."""
    with tempfile.TemporaryDirectory(prefix="framed-bench-") as folder:
        home, log, port = Path(folder) / "bentoml", Path(folder) / "log", _free_port()
        start = time.perf_counter()
        with log.open("wb") as writing:
            process = subprocess.Popen(
                command_for(port),
                cwd=tree,
                env={**environment, "BENTOML_HOME": str(home)},
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _wait(process, lambda: is_ready(port), log, start + READY_S)
            yield Server(port, home, time.perf_counter() - start)
        finally:
            _stop(process, Server(port, home, 0.0))


def _environment(model: Model, tree: Path, settings: Mapping[str, str]) -> dict[str, str]:
    cache, engines = (tree / folder.relative_to(ROOT) for folder in (CACHE, ENGINES))
    own = {"model": model.word, "device": "cpu", "cache_dir": cache, "engine_cache": engines}
    return {
        **own_environment(),
        "BENTOML_DO_NOT_TRACK": "True",
        **{f"FRAMED_{name.upper()}": str(value) for name, value in {**own, **settings}.items()},
    }


def _wait(
    process: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path, end: float
) -> None:
    while not is_ready():
        text = log.read_text(errors="replace")
        if process.poll() is not None or time.perf_counter() > end or "startup failed" in text:
            raise NotMeasurableError(f"the server does not become ready: {text[-_TAIL:]}")
        time.sleep(_POLL_S)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(_ADDRESS, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes], server: Server) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)
    for left in server.processes():
        with suppress(psutil.NoSuchProcess):
            left.kill()
    process.wait()


def _home_of(process: psutil.Process) -> str | None:
    try:
        home: str | None = process.environ().get("BENTOML_HOME")
    except (psutil.Error, OSError):
        return None
    return home


def _free_port() -> int:
    with socket.create_server((_ADDRESS, 0)) as taken:
        return int(taken.getsockname()[1])
