"""A request that offers another protocol (`Upgrade`) is HTTP/1.1 all the same, its body included.

httptools has the parser skip such a body, which would then be taken for the next request.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httptools

Lines = Sequence[tuple[bytes, bytes]]
_FRAMING = (b"content-length", b"transfer-encoding")


def has_body(headers: Lines) -> bool:
    """Whether a body follows the head that `headers` are of, which the parser has passed."""
    return any(name in _FRAMING and not _is_zero(value) for name, value in headers)


def body_parser(protocol: Any, headers: Lines) -> Any:
    """A parser for what follows that head: the body first, then requests as ever.

    `protocol` hears of them as of any other parser's.
    """
    lines = [b"%b: %b" % line for line in headers if line[0] in _FRAMING]
    hearing = _Hearing(protocol)
    parser = httptools.HttpRequestParser(hearing)
    parser.feed_data(b"\r\n".join([b"POST / HTTP/1.1", b"Host: x", *lines, b"", b""]))
    hearing.head_is_over = True
    return parser


def _is_zero(value: bytes) -> bool:
    return not value.strip().strip(b"0")  # however many of them it is written with


class _Hearing:
    """Passes on what the parser calls, once the head that it was primed with is over."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self.head_is_over = False

    def on_message_begin(self) -> None:
        if self.head_is_over:
            self._protocol.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if self.head_is_over:
            self._protocol.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.head_is_over:
            self._protocol.on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.head_is_over:
            self._protocol.on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._protocol.on_body(body)

    def on_message_complete(self) -> None:
        self._protocol.on_message_complete()
