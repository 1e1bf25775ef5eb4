"""What tests of fetching need: a web server that serves photos and misbehaves, and closed doors."""

from __future__ import annotations

import gzip
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import unquote

from tests.photos import jpeg

Parts = Iterator[bytes]
HOLD = 0.02  # seconds between two drops
_LONGEST = 20.0  # seconds until a server that holds on gives up by itself
PHOTO = jpeg()


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    path: str
    headers: Mapping[str, str]
    first_line: str


@dataclass
class PhotoServer:
    """A web server on loopback; what it was asked stands in `asked`."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


@contextmanager
def photo_server(trust: ssl.SSLContext | None = None) -> Iterator[PhotoServer]:
    """A running server; over TLS where `trust` holds its certificate."""
    said = PhotoServer()

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                _answer(self.request if trust is None else _wrapped(self.request, trust), said)

    class Server(ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 64

    with Server(("127.0.0.1", 0), Handler) as server:
        said.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield said
        finally:
            server.shutdown()


def _wrapped(plain: socket.socket, trust: ssl.SSLContext) -> socket.socket:
    return trust.wrap_socket(plain, server_side=True)


def _answer(connection: socket.socket, said: PhotoServer) -> None:
    connection.settimeout(_LONGEST)
    with connection, connection.makefile("rb") as reading:
        lines = [line.decode().strip() for line in iter(reading.readline, b"\r\n") if line]
        first, *rest = lines
        path = first.split(" ")[1]
        said.asked.append(Asked(path, dict(line.split(": ", 1) for line in rest), first))
        name, _, about = path.lstrip("/").partition("?")
        end = time.monotonic() + _LONGEST
        for part in PAGES.get(name, _missing)(about):
            if time.monotonic() > end:
                return
            connection.sendall(part)


def head(status: int = 200, *lines: str, kind: str | None = "image/jpeg") -> bytes:
    typed = [f"Content-Type: {kind}"] if kind else []
    return "\r\n".join([f"HTTP/1.1 {status} So", *typed, *lines, "", ""]).encode()


def _whole(data: bytes, *lines: str, kind: str | None = "image/jpeg") -> Parts:
    yield head(200, f"Content-Length: {len(data)}", *lines, kind=kind) + data


def _missing(_: str) -> Parts:
    yield head(404, "Content-Length: 4", kind="text/plain") + b"none"


def _moved(about: str) -> Parts:
    status, _, to = about.rpartition("u=") if about.count("u=") == 1 else about.partition("u=")
    where = unquote(to).encode()
    code = status.removeprefix("s=").rstrip("&") or "302"
    yield f"HTTP/1.1 {code} Moved\r\nLocation: ".encode() + where + b"\r\nContent-Length: 0\r\n\r\n"


def _times(about: str) -> Parts:
    left = int(about)
    if left == 0:
        return _whole(PHOTO)
    return iter([head(302, f"Location: times?{left - 1}", "Content-Length: 0")])


def _dripping_body(_: str) -> Parts:
    yield head(200, "Content-Length: 1000000")
    while True:
        yield b"x"
        time.sleep(HOLD)


def _dripping_head(_: str) -> Parts:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X: y\r\n"
        time.sleep(HOLD)


def _continuing(_: str) -> Parts:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n"
        time.sleep(HOLD)


def _endless_head(_: str) -> Parts:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X: " + b"y" * 4096 + b"\r\n"


def _endless_line(_: str) -> Parts:
    yield b"HTTP/1.1 200 OK\r\nX: "
    while True:
        yield b"y" * 4096


def _endless_body(_: str) -> Parts:
    yield head()
    while True:
        yield b"x" * 4096


def _endless_chunks(_: str) -> Parts:
    yield head(200, "Transfer-Encoding: chunked")
    while True:
        yield b"1000\r\n" + b"x" * 4096 + b"\r\n"


def _silent(_: str) -> Parts:
    time.sleep(_LONGEST)
    yield b""


PAGES: Mapping[str, Callable[[str], Parts]] = {
    "photo.jpg": lambda _: _whole(PHOTO),
    "my%20photo.jpg": lambda _: _whole(PHOTO),
    "untyped": lambda _: _whole(PHOTO, kind=None),
    "octets": lambda _: _whole(PHOTO, kind="application/octet-stream"),
    "named": lambda _: _whole(PHOTO, "Set-Cookie: a=b", "Content-Encoding: identity"),
    "unmeasured": lambda _: iter([head() + PHOTO]),
    "chunked": lambda _: iter(
        [head(200, "Transfer-Encoding: chunked"), b"%x\r\n%b\r\n0\r\n\r\n" % (len(PHOTO), PHOTO)]
    ),
    "page": lambda _: _whole(b"<html>", kind="text/html"),
    "document": lambda _: _whole(b"%PDF", kind="application/pdf"),
    "empty": lambda _: _whole(b""),
    "gzip": lambda _: _whole(gzip.compress(bytes(10**6)), "Content-Encoding: gzip"),
    "large": lambda _: iter([head(200, "Content-Length: 1000000000")]),
    "cut": lambda _: iter([head(200, "Content-Length: 1000") + b"x"]),
    "nohttp": lambda _: iter([b"SSH-2.0-OpenSSH\r\n"]),
    "nothing": lambda _: iter([]),
    "failing": lambda _: iter([head(500, "Content-Length: 0")]),
    "nowhere": lambda _: iter([head(302, "Content-Length: 0")]),
    "unmodified": lambda _: iter([head(304)]),
    "to": _moved,
    "times": _times,
    "dripping-body": _dripping_body,
    "dripping-head": _dripping_head,
    "continuing": _continuing,
    "endless-head": _endless_head,
    "endless-line": _endless_line,
    "endless-body": _endless_body,
    "endless-chunks": _endless_chunks,
    "silent": _silent,
}


class Trap:
    """A port of loopback, in both families where there are two, that nobody may call."""

    def __init__(self) -> None:
        self._listening = [socket.create_server(("127.0.0.1", 0), backlog=128)]
        self.port: int = self._listening[0].getsockname()[1]
        with suppress(OSError):
            six = ("::1", self.port)
            self._listening.append(socket.create_server(six, family=socket.AF_INET6, backlog=128))
        for each in self._listening:
            each.setblocking(False)

    def calls(self) -> int:
        """How often it was called since the last look."""
        return sum(_accepted(each) for each in self._listening)

    def close(self) -> None:
        for each in self._listening:
            each.close()


def _accepted(listening: socket.socket) -> int:
    count = 0
    with suppress(BlockingIOError):
        while True:
            listening.accept()[0].close()
            count += 1
    return count


_watching: list[list[tuple[object, ...]]] = []
_hooked: list[bool] = []


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and _watching:
        calling, place = arguments
        if isinstance(calling, socket.socket) and calling.type == socket.SOCK_STREAM:
            assert isinstance(place, tuple)
            _watching[-1].append(place[:2])


@contextmanager
def connections() -> Iterator[list[tuple[object, ...]]]:
    """(address, port) of every connection that this process begins meanwhile."""
    if not _hooked:  # an audit hook stays for good
        sys.addaudithook(_hear)
        _hooked.append(True)
    seen: list[tuple[object, ...]] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)
