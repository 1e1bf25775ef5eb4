"""Odd queries and headers of requests that are framed as they should be."""

from __future__ import annotations

from random import Random

_QUERIES = (
    "?top_k=3&top_k=4",
    "?top_k=" + "9" * 400,
    "?top_k=NaN",
    "?temperature=1e-320",
    "?threshold=Infinity",
    "?model=%00",
    "?model=%ff%fe",
    "?bank=..%2f..%2fetc",
    "?bank=" + "b" * 3000,
    "?labels=" + "%00,".join("ab"),
    "?language=%ed%a0%80",
    "?size=224.0",
    "?decode=exact&decode=exact",
    "?" + "a=1&" * 1200,
    "?=&&&==",
    "?%5B%5D=1",
    "?file=/etc/passwd",
    "?url=http://127.0.0.1:1/a.jpg",
)
NAMED = (
    "",
    "?file=",
    "?file=../../../etc/passwd",
    "?file=%00",
    "?file=" + "a/" * 2500,
    "?file=%ff.jpg",
    "?file=/proc/self/environ",
    "?url=file:///etc/passwd",
    "?url=http://[::1",
    "?url=http://127.0.0.1:99999/",
    "?url=gopher://a/",
    "?url=" + "http://" * 300,
    "?url=a&file=b",
    "?file=a&file=b",
    "?url=http://%00/",
    "?model=%00&file=a.jpg",
)
_TYPES = (
    b"",
    b"image/jpeg; charset=utf-16",
    b"IMAGE/JPEG;;;",
    b"image/\xff",
    b"image/svg+xml",
    b"application/octet-stream",
    b"text/plain; charset=nope",
    b"application/json",
    b"application/x-www-form-urlencoded",
    b"multipart/form-data; boundary=frame",
    b"a" * 5000,
    b"image/jpeg, image/png",
)
_MORE: tuple[dict[str, str | bytes], ...] = (
    {"Content-Encoding": "gzip"},
    {"Content-Encoding": "nope"},
    {"Accept": "application/x-ndjson"},
    {"Accept": b"\xff/\xfe"},
    {"Range": "bytes=1-2"},
    {"X-Request-ID": b"\x80"},
    {"X-Request-ID": "r" * 200},
    {"Expect": "100-continue"},
    {"Content-MD5": "x", "Content-Range": "bytes 0-1/2"},
    {"Authorization": b"Basic \xff"},
    {"Origin": "null"},
    {"X-Forwarded-For": b"\xff, 1.1.1.1.1"},
)


def odd_query(chance: Random) -> str:
    """What follows the path; mostly nothing, so that the body is looked at."""
    return chance.choice(_QUERIES) if chance.random() < 0.2 else ""


def odd_type(chance: Random) -> bytes:
    """A Content-Type for a photo that is the whole body; mostly the right one."""
    return b"image/jpeg" if chance.random() < 0.7 else chance.choice(_TYPES)


def odd_headers(chance: Random) -> dict[str, str | bytes]:
    """Further headers, now and then."""
    return dict(chance.choice(_MORE)) if chance.random() < 0.3 else {}
