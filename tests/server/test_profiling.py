"""Profiling on a real server: profiles arrive, and nothing else notices."""

from __future__ import annotations

import gzip
import importlib.util
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from framed.profiling import PACKAGE
from tests.server.running import RunningServer, free_port, running_server

HERE = importlib.util.find_spec(PACKAGE) is not None
PROCESSES = ("front", "clip", "technical")
PUSHED_SECONDS = 60.0  # the package sends every 10 to 15 s


def _label(process: str) -> bytes:
    """The tag `process` as protobuf writes it: name, field 2, length, value."""
    return b"process\x12" + bytes([len(process)]) + process.encode()


@contextmanager
def listener() -> Iterator[tuple[str, Counter[str]]]:
    """The address of a server that takes every profile, and the process tags that it saw."""
    pushed: Counter[str] = Counter()

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            zipped = self.headers.get("content-encoding") == "gzip"
            said = gzip.decompress(body) if zipped else body
            pushed.update(name for name in PROCESSES if _label(name) in said)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Taker) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", pushed
        server.shutdown()


def answers(server: RunningServer, sample: Path) -> None:
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        found = client.post("/classify", files={"file": sample.read_bytes()})
        assert found.status_code == 200, found.text


def all_came(server: RunningServer, sample: Path, pushed: Counter[str]) -> bool:
    answers(server, sample)  # a process that does nothing has no profile to send
    return all(pushed[name] for name in PROCESSES)


def warnings(server: RunningServer) -> list[str]:
    return [
        line["message"]
        for line in server.lines()
        if line["logger"] == "framed.profiling" and line["level"] == "warning"
    ]


@pytest.mark.skipif(not HERE, reason="the package pyroscope-io is not installed")
def test_profiles_of_every_process_arrive(tmp_path: Path, sample: Path) -> None:
    """Under the names that the embedding service's operators set."""
    with listener() as (url, pushed):
        env = {"PYROSCOPE_ENABLED": "true", "PYROSCOPE_URL": url, "ENVIRONMENT": "test"}
        with running_server(tmp_path, env=env) as server:
            assert warnings(server) == []
            answers(server, sample)
            assert server.wait_for(lambda: all_came(server, sample, pushed), PUSHED_SECONDS), pushed


def test_a_profiler_that_nobody_listens_to_costs_nothing(tmp_path: Path, sample: Path) -> None:
    """The service starts and answers, with the package or without it."""
    env = {"PYROSCOPE_ENABLED": "true", "PYROSCOPE_URL": f"http://127.0.0.1:{free_port()}"}
    with running_server(tmp_path, env=env) as server:
        answers(server, sample)
        assert len(warnings(server)) == (0 if HERE else 3)  # one a process
