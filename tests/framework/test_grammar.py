"""What the parser leaves to the server: host, transfer coding and target of a request."""

from __future__ import annotations

import pytest

from framed.errors import Code, FramedError
from framed.framework.grammar import Headers, check_head, target_of

HOST = (b"host", b"a.example:3000")


def test_a_plain_request_is_clear() -> None:
    """Its host is what the header says."""
    assert check_head("1.1", b"GET", [HOST, (b"accept", b"*/*")]) == b"a.example:3000"
    assert check_head("1.1", b"POST", [HOST, (b"transfer-encoding", b"Chunked")])
    assert check_head("1.0", b"GET", []) == b""


@pytest.mark.parametrize(
    ("version", "method", "headers"),
    [
        ("1.1", b"GET", []),
        ("1.1", b"GET", [HOST, HOST]),
        ("1.1", b"GET", [(b"host", b"a b")]),
        ("1.1", b"GET", [(b"host", b"user@a")]),
        ("1.1", b"GET", [(b"host", b"a/b")]),
        ("2.0", b"GET", [HOST]),
        ("0.9", b"GET", [HOST]),
        ("1.1", b"CONNECT", [HOST]),
        ("1.1", b"POST", [HOST, (b"transfer-encoding", b"gzip, chunked")]),
        ("1.1", b"POST", [HOST, (b"transfer-encoding", b"chunked")] * 2),
        ("1.0", b"POST", [HOST, (b"transfer-encoding", b"chunked")]),
    ],
)
def test_what_two_readers_could_read_differently(
    version: str, method: bytes, headers: Headers
) -> None:
    """It is refused, not guessed at."""
    with pytest.raises(FramedError) as refused:
        check_head(version, method, headers)
    assert refused.value.code is Code.INVALID_HTTP


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        (b"/a%20b?x=1", b"a", (b"/a%20b", b"x=1")),
        (b"//a/b", b"c", (b"//a/b", b"")),
        (b"*", b"a", (b"*", b"")),
        (b"http://A/x?y", b"a", (b"/x", b"y")),
        (b"http://a:80", b"a", (b"/", b"")),
        (b"http://[::1]:3000/x", b"[::1]:3000", (b"/x", b"")),
    ],
)
def test_targets(url: bytes, host: bytes, target: tuple[bytes, bytes]) -> None:
    """Path and query as written, in both forms of a target."""
    assert target_of(url, host) == target


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (b"http://b/x", b"a"),
        (b"http://a:81/x", b"a"),
        (b"http://a/x", b""),
        (b"http://u@a/x", b"a"),
        (b"/x#y", b"a"),
        (b"a:443", b"a"),
    ],
)
def test_targets_that_are_none(url: bytes, host: bytes) -> None:
    """Another host, a user, a fragment, a tunnel."""
    with pytest.raises(FramedError) as refused:
        target_of(url, host)
    assert refused.value.code is Code.INVALID_HTTP
