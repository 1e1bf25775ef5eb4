"""HTTP on the wire: odd, endless, half-closed and leaving clients of a server with few descriptors.

Raw sockets, as no library would write most of this.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from tests.photos import jpeg
from tests.server.running import RunningServer, running_server

HOST = b"Host: 127.0.0.1\r\n"
GET = b"GET /livez HTTP/1.1\r\n" + HOST
POST = b"POST /classify HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Content-Type: image/jpeg\r\nTransfer-Encoding: chunked\r\n\r\n"
FEW = "ulimit -n 128 && exec " + '"$@"'
SECONDS = 2.0  # of the short time-outs that the server is given
PATIENCE = 30.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server with short time-outs, 128 file descriptors, and nothing kept."""
    serve = (sys.executable, "-m", "bentoml", "serve", "service:svc", "--timeout-keep-alive", "65")
    env = {
        "FRAMED_HEAD_TIMEOUT": str(SECONDS),
        "FRAMED_WRITE_TIMEOUT": str(SECONDS),
        "FRAMED_DEADLINE": "20",
        "FRAMED_FEATURE_CACHE": "False",
        "FRAMED_REQUEST_MEMORY_MB": "64",
    }
    program = ("bash", "-c", FEW, "serve", *serve)
    with running_server(tmp_path_factory.mktemp("protocol"), env=env, program=program) as running:
        yield running


@dataclass(frozen=True)
class Heard:
    """All that came until the server closed, or until the time was over."""

    data: bytes
    is_closed: bool

    @property
    def status(self) -> int:
        return int(self.data.split(b" ", 2)[1])

    @property
    def error(self) -> dict[str, Any]:
        return dict(json.loads(self.data.partition(b"\r\n\r\n")[2])["error"])


def connect(server: RunningServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def say(server: RunningServer, data: bytes, *, half_closed: bool = False) -> Heard:
    """Send `data`, and read until the server closes."""
    with connect(server) as line:
        line.sendall(data)
        if half_closed:
            line.shutdown(socket.SHUT_WR)
        return hear(line)


def hear(line: socket.socket) -> Heard:
    data = b""
    try:
        while piece := line.recv(65536):
            data += piece
    except TimeoutError:
        return Heard(data, is_closed=False)
    return Heard(data, is_closed=True)


def photo_request(head: bytes = b"") -> bytes:
    photo = jpeg()
    return (
        POST + head + b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(photo) + photo
    )


def batch_of(count: int, rid: str) -> bytes:
    """A request with `count` photos."""
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n%s\r\n'
    body = (part % jpeg()) * count + b"--b--\r\n"
    head = b"POST /features HTTP/1.1\r\n" + HOST + b"X-Request-ID: %s\r\n" % rid.encode()
    kind = b"Content-Type: multipart/form-data; boundary=b\r\n"
    return head + kind + b"Content-Length: %d\r\n\r\n" % len(body) + body


REFUSED = {
    "two lengths of a body": POST
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Content-Length twice": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "a coding that is not ours": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a coding of HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a folded line": GET + b"A: b\r\n c\r\n\r\n",
    "a NUL in a line": GET + b"A: b\0c\r\n\r\n",
    "a bare CR in a line": GET + b"A: b\rc\r\n\r\n",
    "no host": b"GET /livez HTTP/1.1\r\n\r\n",
    "two hosts": GET + HOST + b"\r\n",
    "another host in the target": b"GET http://a.example/livez HTTP/1.1\r\n" + HOST + b"\r\n",
    "a tunnel": b"CONNECT a.example:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    "a chunk without a size": CHUNKED + b"zz\r\n",
    "many lines": GET + b"A: b\r\n" * 101 + b"\r\n",
    "a long line": GET + b"A: " + b"b" * 70_000 + b"\r\n\r\n",
    "an endless line": GET + b"A: " + b"b" * 500_000,
    "a long target": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "an endless trailer": CHUNKED + b"1\r\na\r\n0\r\nA: " + b"b" * 200_000,
    "an endless chunk extension": CHUNKED + b"1;" + b"b" * 200_000,
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_is_not_clear_is_refused_and_closed(server: RunningServer, data: bytes) -> None:
    """400 in the one shape with a request id, a log line of that id, and no second request."""
    heard = say(server, data)
    assert (heard.status, heard.is_closed) == (400, True)
    assert heard.error["code"] in ("invalid_http", "too_large")
    rid = heard.error["request_id"]
    assert f"x-request-id: {rid}".encode() in heard.data
    assert [line["status"] for line in server.requests(rid)] == [400]


def test_pipelined_requests_are_answered_in_order(server: RunningServer) -> None:
    """And a refusal comes after the answers to what was asked before it."""
    asked = [GET + b"X-Request-ID: pipe-%d\r\n\r\n" % number for number in range(3)]
    heard = say(server, b"".join(asked) + b"no such thing\r\n\r\n")
    assert heard.data.count(b"HTTP/1.1 200") == 3
    places = [heard.data.index(b"pipe-%d" % number) for number in range(3)]
    assert places == sorted(places)
    assert heard.data.rindex(b"HTTP/1.1 400") > places[-1]


@pytest.mark.parametrize("other", [b"h2c", b"websocket"])
def test_another_protocol_is_not_taken_up(server: RunningServer, other: bytes) -> None:
    """The request is answered as if nothing had been offered, and so is the next one."""
    offer = GET + b"Connection: Upgrade\r\nUpgrade: " + other + b"\r\n\r\n"
    heard = say(server, offer + GET + b"Connection: close\r\n\r\n")
    assert heard.data.count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("cut", [0, 3])
def test_an_offer_keeps_its_body(server: RunningServer, chunked: bool, cut: int) -> None:
    """What follows the head is the body, wherever it is cut, and never another request."""
    body = b'{"texts": ["GET /labels HTTP/1.1"]}'
    framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body
    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(body)
    head = (
        b"POST /encode_text HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + framing + b"\r\n\r\n"
    )
    after = GET + b"Connection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(head + framed[:cut])
        time.sleep(0.2 if cut else 0)
        line.sendall(framed[cut:] + after)
        heard = b"".join(iter(lambda: line.recv(65536), b""))
    assert heard.count(b"HTTP/1.1 200") == 2
    assert heard.count(b"HTTP/1.1") == 2


def test_crumbs_do_not_hold_the_others_up(server: RunningServer) -> None:
    """While two megabytes come in chunks of one byte, a probe is answered within a second."""
    crumbs = CHUNKED + b"1\r\n\0\r\n" * 300_000 + b"0\r\n\r\n"
    heard: list[Heard] = []
    sender = threading.Thread(target=lambda: heard.append(say(server, crumbs)))
    slowest, started = 0.0, time.monotonic()
    sender.start()
    while sender.is_alive() or time.monotonic() - started < 1:
        asked = time.monotonic()
        assert say(server, GET + b"Connection: close\r\n\r\n").status == 200
        slowest = max(slowest, time.monotonic() - asked)
    assert slowest < 1
    assert (heard[0].status, heard[0].error["code"]) == (400, "invalid_http")


def test_half_closed_clients_are_answered(server: RunningServer) -> None:
    """Who has said all there is to say still hears the answer, quick or not."""
    assert say(server, GET + b"\r\n", half_closed=True).status == 200
    heard = say(server, batch_of(24, "half-closed"), half_closed=True)
    assert heard.is_closed
    assert b"HTTP/1.1 200" in heard.data
    assert heard.data.count(b"clip_labels") == 24


def test_what_nobody_waits_for_is_not_worked_on(server: RunningServer) -> None:
    """A client that leaves a batch leaves the photos that were not begun undone, with one line."""
    with connect(server) as line:
        line.sendall(batch_of(64, "leaver"))
        server.wait_for(lambda: _items(server, "leaver"), PATIENCE)
    lines = server.requests("leaver", seconds=PATIENCE)
    assert (lines[-1]["code"], lines[-1]["status"]) == ("client_left", 499)
    done = _items(server, "leaver")
    time.sleep(0.5)
    assert _items(server, "leaver") == done < 64


def _items(server: RunningServer, rid: str) -> int:
    return sum(line.get("rid") == rid and line["message"] == "item" for line in server.lines())


@pytest.mark.parametrize(
    ("data", "status"), [(b"", None), (b"GET /livez HT", 408), (b"\r\n\r\n", 408)]
)
def test_a_head_that_does_not_come_is_not_waited_for(
    server: RunningServer, data: bytes, status: int | None
) -> None:
    """A connection without a word is closed, one with half a request is told so."""
    heard = say(server, data)
    assert heard.is_closed
    assert (heard.status if heard.data else None) == status


def test_a_reader_who_takes_nothing_is_let_go(server: RunningServer) -> None:
    """The answers that it does not read are not held for it."""
    with connect(server) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall((b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n") * 300)
        assert _is_held(server, line)
        assert server.wait_for(lambda: not _is_held(server, line), PATIENCE)


def test_answers_that_nobody_reads_take_little(server: RunningServer) -> None:
    """What is echoed to clients that do not read has one bound, and who reads is answered."""
    artifact = b'{"artifacts":[{"note":"%s"}]}' % (b"x" * 9_000_000)
    asked = b"POST /features HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
    asked += b"Content-Length: %d\r\n\r\n" % len(artifact) + artifact
    before, most = _held_mb(server), 0.0
    with ExitStack() as open_lines:
        lines = [open_lines.enter_context(connect(server)) for _ in range(30)]
        for line in lines:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        senders = [threading.Thread(target=_send, args=(line, asked)) for line in lines]
        for sender in senders:
            sender.start()
        assert say(server, photo_request(b"Connection: close\r\n")).status == 200
        while any(sender.is_alive() for sender in senders):
            most = max(most, _held_mb(server))
    most = max(most, _held_mb(server))
    assert most - before < 64 + 56


def _send(line: socket.socket, data: bytes) -> None:
    with suppress(OSError):
        line.sendall(data)


def _held_mb(server: RunningServer) -> float:
    pss = [each.memory_full_info().pss for each in server.processes()]
    return sum(pss) / 2**20


def _is_held(server: RunningServer, line: socket.socket) -> bool:
    """Whether a process of the server still has its end of `line`."""
    ends = (end for process in server.processes() for end in process.net_connections("tcp"))
    return any(end.raddr and end.raddr.port == line.getsockname()[1] for end in ends)


def test_idle_connections_make_room(server: RunningServer) -> None:
    """Three hundred of them on 128 descriptors, and a photo is answered as ever."""
    with ExitStack() as open_lines:
        for _ in range(300):
            open_lines.enter_context(connect(server))
        for _ in range(3):
            heard = say(server, photo_request(b"Connection: close\r\n"))
            assert heard.status == 200


def test_a_refused_sender_reads_why(server: RunningServer) -> None:
    """Its body goes on meanwhile; it is read for a moment, so that nothing undoes the answer."""
    part = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n'
    body = part * 100_000
    kind = b"Content-Type: multipart/form-data; boundary=b\r\n"
    heard = say(server, POST + kind + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert (heard.status, heard.is_closed) == (400, True)
    assert heard.error["code"] == "invalid_body"


def test_it_all_cost_the_server_nothing(server: RunningServer) -> None:
    """No error was logged, and the next photo is answered."""
    assert say(server, photo_request(b"Connection: close\r\n")).status == 200
    assert [line for line in server.lines() if line["level"] == "error"] == []
