"""Counts photos: each one once, by its format and by what became of it.

A photo that is still open when its request is cut off shares the request's end: only the edge
knows whether that was its deadline or a client that left.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from types import TracebackType

from framed.errors import Code, FramedError
from framed.telemetry.metrics import PHOTOS_SEEN

OK, UNKNOWN, CUT_OFF = "ok", "unknown", "cancelled"
_AT_THE_DOOR = frozenset(  # what is said of a photo before it has come as far as being counted
    {
        Code.EMPTY,
        Code.TOO_LARGE,
        Code.NOT_AN_IMAGE,
        Code.INVALID_BASE64,
        Code.FORBIDDEN_PATH,
        Code.FORBIDDEN_URL,
        Code.FETCH_FAILED,
    }
)


class a_photo:  # noqa: N801  # reads as a statement: with a_photo():
    """Counts the photo that is worked on in the block, when the block ends."""

    __slots__ = ("_format",)

    def __init__(self, format: str | None = None) -> None:
        """`format` is what its bytes say; None: they have not come, or say nothing."""
        self._format = format or UNKNOWN

    def __enter__(self) -> a_photo:
        if (request := _REQUEST.get()) is not None:
            request.seen = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        request = _REQUEST.get()
        if request is not None and isinstance(error, asyncio.CancelledError):
            request.cut(self)
        else:
            self.count(_outcome(error))

    def is_of(self, format: str | None) -> None:
        """Its bytes have come."""
        self._format = format or UNKNOWN

    def count(self, outcome: str) -> None:
        """Once, at the end."""
        PHOTOS_SEEN.labels(self._format, outcome).inc()


class PhotosOfRequest:
    """The photos of the request that begins here, in this context and in what it starts."""

    __slots__ = ("_cut_off", "_end", "seen")

    def __init__(self) -> None:
        self.seen = False
        self._cut_off: list[a_photo] = []
        self._end: str | None = None
        _REQUEST.set(self)

    def cut(self, photo: a_photo) -> None:
        """The work on `photo` was stopped, and the request with it."""
        if self._end is None:
            self._cut_off.append(photo)
        else:  # a batch does not wait for what it stops
            photo.count(self._end)

    def close(self, code: str) -> None:
        """The request has ended, with an error's `code` or with none."""
        self._end = code or CUT_OFF
        for photo in self._cut_off:
            photo.count(self._end)
        if not self.seen and code in _AT_THE_DOOR:
            PHOTOS_SEEN.labels(UNKNOWN, code).inc()


_REQUEST: ContextVar[PhotosOfRequest | None] = ContextVar("framed_request_photos", default=None)


def _outcome(error: BaseException | None) -> str:
    if error is None:
        return OK
    if isinstance(error, FramedError):
        return error.code.value
    if isinstance(error, TimeoutError):
        return Code.DEADLINE.value
    return CUT_OFF if isinstance(error, asyncio.CancelledError) else Code.INTERNAL.value
