"""A truncated photo among 16 clients: whose requests fail is counted, whatever the server does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from scripts.benchmarks.load import form
from scripts.benchmarks.server import Server
from scripts.peers.truncated import beside_truncated
from tests.scripts.peers.made import peer

WHOLE = b"a whole photo of forty bytes and no more"


class Fake(BaseHTTPRequestHandler):
    """Answers halves 400, and the `failing` first whole ones 500."""

    protocol_version = "HTTP/1.1"
    failing = 3
    whole = 0
    lock = threading.Lock()

    def do_POST(self) -> None:
        """One photo."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self._status(WHOLE in body))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _status(self, whole: bool) -> int:
        if not whole:
            return 400
        with self.lock:
            type(self).whole += 1
            return 500 if self.whole <= self.failing else 200

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def serving() -> Iterator[Server]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Fake) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield Server(http.server_port, Path("nowhere"), 0.0)
        http.shutdown()


def test_failures_of_others_are_counted() -> None:
    """Each whole photo that was not answered 200, and none of the halves."""
    assert form(WHOLE, "photo").count(WHOLE) == 1
    with serving() as server:
        found = beside_truncated(server, peer("fake"), [WHOLE], 0.3)
    assert (found.others, found.failed) == (Fake.whole, Fake.failing)
    assert found.status == 400
