"""`make run` refuses a port in use, and names a curl that works once the server is ready."""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scripts.serve import announce, reachable, ready_text

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def lifeline() -> Iterator[tuple[int, int]]:
    """Both ends of the pipe that stands for a running server."""
    ends = os.pipe()
    yield ends
    for end in ends:
        with contextlib.suppress(OSError):  # a test may have closed it
            os.close(end)


def _serve(*flags: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.serve", *flags],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_port_in_use_is_said():
    """A busy port stops it at once, with the port's number and a way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = _serve("--host", "127.0.0.1", "--port", str(port))
    assert run.returncode == 1
    assert f"port {port} of 127.0.0.1: something else listens there" in run.stderr
    assert "PORT=" in run.stderr


def test_bad_setting_is_said():
    """A wrong setting stops it before any server starts, by name."""
    run = _serve(FRAMED_PORT="many")
    assert run.returncode == 1
    assert "FRAMED_PORT" in run.stderr
    assert "Traceback" not in run.stderr


def test_help_needs_no_server():
    """`--help` explains and ends."""
    run = _serve("--help")
    assert run.returncode == 0
    assert "--port" in run.stdout


def test_curl_survives_a_path_with_spaces(tmp_path):
    """The curl is one shell command, whatever the folder is called."""
    sample = tmp_path / "my photos" / "it's.jpg"
    curl = ready_text("127.0.0.1", 3001, sample).strip().splitlines()[-1]
    expected = ["curl", "-F", f"file=@{sample}", "http://127.0.0.1:3001/classify"]
    assert shlex.split(curl) == expected


def test_the_curl_has_a_place_for_the_key():
    """Where keys are set, and only there."""
    words = shlex.split(ready_text("127.0.0.1", 3001, keyed=True).strip().splitlines()[-1])
    assert words[1:3] == ["-H", "Authorization: Bearer YOUR_KEY"]
    assert "Authorization" not in ready_text("127.0.0.1", 3001)


def test_sample_photo_is_in_the_repository():
    """The photo that the curl sends exists."""
    words = shlex.split(ready_text("127.0.0.1", 3000).strip().splitlines()[-1])
    assert Path(words[2].removeprefix("file=@")).is_file()


@pytest.mark.parametrize(
    ("host", "address"),
    [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("192.0.2.7", "192.0.2.7")],
    ids=["every IPv4 address", "every IPv6 address", "one address"],
)
def test_wildcards_are_reached_by_loopback(host, address):
    """A server on every address is tried on loopback; one on its own address is tried there."""
    assert reachable(host) == address


def test_an_ipv6_address_is_bracketed():
    """URLs put an IPv6 address in brackets."""
    assert "http://[::1]:3000/classify" in ready_text("::", 3000)


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], tuple[int, bytes]]) -> Iterator[int]:
    """A server that gives each GET the status and body that `answer` says; its port."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_waits_until_ready(capsys, lifeline):
    """Nothing is said while `/readyz` answers 503, and the curl follows its first 200."""
    statuses = [503, 503, 200]
    said_early = []

    def answer(request: BaseHTTPRequestHandler) -> tuple[int, bytes]:
        said_early.append(capsys.readouterr().out)
        return statuses.pop(0) if request.path == "/readyz" else 404, b""

    with answering(answer) as port:
        announce("127.0.0.1", port, lifeline[0])
    assert statuses == []
    assert said_early == ["", "", ""]
    assert f"http://127.0.0.1:{port}/classify" in capsys.readouterr().out


def test_says_when_it_will_never_be_ready(capsys, lifeline):
    """A model that could not be loaded is said once, instead of silence for ever."""
    failed = b'{"error": {"details": {"model": "failed"}}}'
    with answering(lambda request: (503, failed)) as port:
        announce("127.0.0.1", port, lifeline[0])
    assert "cannot serve its model" in capsys.readouterr().out


def test_gives_up_with_the_server(capsys, lifeline):
    """When the server is gone before it was ready, the watcher ends and says nothing."""
    reading, held = lifeline
    os.close(held)
    announce("127.0.0.1", 9, reading)
    assert capsys.readouterr().out == ""


def test_ends_with_its_server(tmp_path):
    """A server that ends takes the run with it: its exit status, and no process left behind; it was
    asked for the service, the address, and the longer keep-alive."""
    stand_in = """
def serve(target, **asked):
    print(target, sorted(asked.items()))
    raise SystemExit(7)
"""
    (tmp_path / "framed" / "framework").mkdir(parents=True)
    (tmp_path / "framed" / "framework" / "serving.py").write_text(stand_in)
    (tmp_path / "sitecustomize.py").write_text(
        "import framed.framework\n"
        f"framed.framework.__path__.insert(0, {str(tmp_path / 'framed' / 'framework')!r})\n"
    )
    port = _free_port()
    environment = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "FRAMED_PORT": port}
    run = _serve(**environment)  # returns when stdout closes: the watcher is gone as well
    assert run.returncode == 7, run.stderr
    asked = [("host", "127.0.0.1"), ("keep_alive", 65), ("port", int(port))]
    assert run.stdout == f"service:svc {asked}\n"


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])
