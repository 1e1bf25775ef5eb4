"""What one request may cost before it is of use to anybody: its head, and the crumbs of a body."""

from __future__ import annotations

from framed.errors import Code, FramedError
from framed.framework.grammar import unclear

HEAD_BYTES = 64 * 1024  # and of anything else between two pieces of a body
HEAD_LINES = 100
CRUMBS = 10_000  # pieces of a body, and how many bytes they have at least from there on
CRUMB_BYTES = 64


class Cost:
    """Counts one request after the other on a connection; what is too much raises its refusal."""

    def __init__(self) -> None:
        self.loose = 0  # bytes since the last sign of progress
        self._head_bytes = self._lines = self._pieces = self._body_bytes = 0

    def begin(self) -> None:
        """The first byte of a request."""
        self._head_bytes = self._lines = self._pieces = self._body_bytes = 0

    def came(self, size: int) -> None:
        """Bytes from the wire, whatever they mean."""
        self.loose += size

    def check_loose(self) -> None:
        """Raises `too_large` where much has come of which nothing followed."""
        if self.loose > HEAD_BYTES:
            raise _too_long()

    def moved(self) -> None:
        """A head or a body is whole."""
        self.loose = 0

    def target(self, size: int) -> None:
        """A part of the request's target."""
        self._head_bytes += size
        if self._head_bytes > HEAD_BYTES:
            raise _too_long()

    def line(self, name: bytes, value: bytes) -> None:
        """A line of the head, or of a trailer."""
        self.target(len(name) + len(value) + len(b": \r\n"))
        self._lines += 1
        if self._lines > HEAD_LINES:
            raise unclear(f"The request has more than {HEAD_LINES} header lines; send fewer.")

    def piece(self, size: int) -> None:
        """A piece of the body, as the wire has cut it."""
        self.loose = 0
        self._pieces += 1
        self._body_bytes += size
        if self._pieces > CRUMBS and self._body_bytes < CRUMB_BYTES * self._pieces:
            raise unclear("The body comes in crumbs; send larger chunks.")


def _too_long() -> FramedError:
    return FramedError(
        Code.TOO_LARGE,
        f"The head of the request is larger than {HEAD_BYTES} bytes; send less.",
        details={"limit_bytes": HEAD_BYTES},
    )
