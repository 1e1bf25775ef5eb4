"""One hostile request as the bytes that go over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Hostile:
    """`data` as sent; `kind` says which generator made it, `path` whose error shape is expected.

    `whole` is false where the request never ends, `framed` where its framing is odd: that the
    connection ends without an answer is then an answer too.
    """

    kind: str
    path: str
    data: bytes
    method: str = "POST"
    whole: bool = True
    framed: bool = True


def written(
    method: str, target: str, headers: Mapping[str, str | bytes], body: bytes = b""
) -> bytes:
    """A request in HTTP/1.1 that closes its connection; `Content-Length` is added."""
    lines = [f"{method} {target} HTTP/1.1".encode(), f"Host: {HOST}".encode()]
    lines += [name.encode() + b": " + _bytes(value) for name, value in headers.items()]
    if body or method == "POST":
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"Connection: close", b"", body])


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
