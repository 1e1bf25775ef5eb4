"""Odd HTTP: framing that is wrong, ambiguous, unusual or not HTTP at all.

Each is sent on a connection of its own, around the same small body.
"""

from __future__ import annotations

from random import Random

from tests.server.hostile.request import HOST, Hostile

_HOST = f"Host: {HOST}\r\n".encode()
_CLOSE = b"Connection: close\r\n"
_JPEG = b"Content-Type: image/jpeg\r\n"
_CHUNKED = b"Transfer-Encoding: chunked\r\n"
_NOISE = 600  # bytes

_TARGETS = (
    b"*",
    b"//classify",
    b"/%2563lassify",
    b"/classify/../livez",
    b"/classify%00",
    b"/classify?a=%ff%fe",
    b"/\xff\xfe",
    b"/" + b"a" * 5000,
    b"http://other.example/classify",
    b"/classify#fragment",
    b"/classify?" + b"a=1&" * 2000,
    b"/cl\tassify",
)
_METHODS = (b"TRACE", b"CONNECT", b"FROB", b"post", b"P\0ST", b"M" * 300, b"PRI")
_HEADERS = (
    b"Content-Length: -1\r\n",
    b"Content-Length: +5\r\n",
    b"Content-Length: 5, 5\r\n",
    b"Content-Length: 5\r\nContent-Length: 6\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: 0x5\r\n",
    b"Content-Length : 5\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding: xchunked\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    b"X-Request-ID: \xff\r\n",
    b"X-Request-ID: " + b"r" * 500 + b"\r\n",
    b"X-Request-ID: a\r\nX-Request-ID: b\r\n",
    b"X: a\0b\r\n",
    b"X: a\r\n folded\r\n",
    b": nameless\r\n",
    b"no colon\r\n",
    b"X-\xe9: 1\r\n",
    b"Host: second.example\r\n",
    b"X: 1\r\n" * 300,
    b"X: " + b"y" * 70_000 + b"\r\n",
    b"Expect: 100-continue\r\n",
    b"Expect: the-unexpected\r\n",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n",
    b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAAA\r\n",
    b"Range: bytes=0-\r\n",
    b"If-Match: *\r\n",
    b"Accept: \xff\r\n",
    b"Accept-Encoding: " + b"gzip;q=0.1," * 500 + b"\r\n",
    b"Cookie: " + b"a=b;" * 2000 + b"\r\n",
    b"Forwarded: for=\xff\r\n",
)
_CHUNKS = (
    b"5\r\nhello\r\n0\r\n\r\n",
    b"5;ext=" + b"x" * 3000 + b"\r\nhello\r\n0\r\n\r\n",
    b"005\r\nhello\r\n0\r\n\r\n",
    b"0x5\r\nhello\r\n0\r\n\r\n",
    b"-5\r\nhello\r\n0\r\n\r\n",
    b"fffffffffffffffff\r\nhello\r\n",
    b"5\r\nhelloX\r\n0\r\n\r\n",
    b"5\nhello\n0\n\n",
    b"\r\n\r\n",
    b"0\r\nTrailer: a\r\nContent-Length: 9\r\n\r\n",
    b"1\r\nx\r\n" * 400 + b"0\r\n\r\n",
    b"zz\r\n",
)
_STARTS = (
    b"GET /livez\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /livez HTTP/1.2\r\n" + _HOST + b"\r\n",
    b"GET /livez HTTP/9.9\r\n" + _HOST + b"\r\n",
    b"GET /livez HTTP/1.1\r\n\r\n",
    b"GET /livez HTTP/1.0\r\n\r\n",
    b"\r\n\r\n\r\nGET /livez HTTP/1.1\r\n" + _HOST + _CLOSE + b"\r\n",
    b"GET  /livez  HTTP/1.1\r\n" + _HOST + _CLOSE + b"\r\n",
    b"GET /livez HTTP/1.1\n" + _HOST.replace(b"\r", b"") + b"Connection: close\n\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"SSH-2.0-client\r\n",
    b"{}\r\n\r\n",
)


def hostile_framing(photo: bytes, chance: Random) -> Hostile:
    """A connection's worth of bytes; `photo` is the body where there is one."""
    return chance.choice(
        (_headers, _headers, _target, _method, _chunks, _chunks, _start, _short, _noise, _two)
    )(photo, chance)


def _headers(photo: bytes, chance: Random) -> Hostile:
    extra = chance.choice(_HEADERS)
    length = b"" if b"ength" in extra or b"Transfer" in extra else _length(photo)
    head = b"POST /classify HTTP/1.1\r\n" + _HOST + _JPEG + _CLOSE + length + extra
    return _loose("headers", head + b"\r\n" + photo, whole=bool(length))


def _target(photo: bytes, chance: Random) -> Hostile:
    head = b"POST " + chance.choice(_TARGETS) + b" HTTP/1.1\r\n" + _HOST + _JPEG + _CLOSE
    return _loose("target", head + _length(photo) + b"\r\n" + photo)


def _method(photo: bytes, chance: Random) -> Hostile:
    head = chance.choice(_METHODS) + b" /classify HTTP/1.1\r\n" + _HOST + _CLOSE
    return _loose("method", head + _length(photo) + b"\r\n" + photo)


def _chunks(photo: bytes, chance: Random) -> Hostile:
    head = b"POST /classify HTTP/1.1\r\n" + _HOST + _JPEG + _CLOSE + _CHUNKED + b"\r\n"
    return _loose("chunks", head + chance.choice(_CHUNKS), whole=False)


def _start(photo: bytes, chance: Random) -> Hostile:
    return _loose("start", chance.choice(_STARTS), whole=False)


def _short(photo: bytes, chance: Random) -> Hostile:
    """The connection is half closed before the body, or the head, is whole."""
    head = b"POST /classify HTTP/1.1\r\n" + _HOST + _JPEG + _CLOSE + _length(photo) + b"\r\n"
    data = head + photo
    return _loose("short", data[: chance.randrange(1, len(data))], whole=False)


def _noise(photo: bytes, chance: Random) -> Hostile:
    return _loose("noise", chance.randbytes(chance.randrange(1, _NOISE)), whole=False)


def _two(photo: bytes, chance: Random) -> Hostile:
    """A second request in the same piece, or right behind an answer that closes."""
    first = b"POST /classify HTTP/1.1\r\n" + _HOST + _JPEG + _length(photo) + b"\r\n" + photo
    return _loose("two", first + chance.choice((first, b"GARBAGE", b"\0" * 40, _STARTS[7])))


def _length(photo: bytes) -> bytes:
    return b"Content-Length: %d\r\n" % len(photo)


def _loose(kind: str, data: bytes, *, whole: bool = True) -> Hostile:
    return Hostile(f"framing {kind}", "/classify", data, whole=whole, framed=False)
