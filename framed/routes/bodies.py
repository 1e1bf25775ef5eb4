"""A body as it comes in: in memory where there is room, so that slow senders hold little of it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import aclosing
from typing import IO, TypeVar

from starlette.requests import Request

from framed.errors import Code, FramedError
from framed.routes.context import context_of
from framed.routes.place import FREE_BYTES, Place
from framed.settings import MIB
from framed.wires.body import text_of, values_in

Read = TypeVar("Read")

TEXT_TIMES = 3  # a body, its text, and the values in it
TEXT_ALONE_TIMES = 2  # the same where the body is let go of for its text
WIDE_TIMES = 6  # where one letter makes each of the text take four bytes
VALUE_BYTES = 256  # of a value beside its text


async def whole_body(request: Request, *, parsed: bool = False) -> bytes:
    """The body of a request that has not been read; `parsed`: it will be, as JSON or as a form.

    Until it is whole it is in memory only where there is room, so that slow senders hold none.
    Then it waits for the room that it needs, and has it as long as the request lasts.
    Raises `overloaded` where that is too long, and OSError where the disk has no room either.
    """
    return await _whole(request, TEXT_TIMES if parsed else None, bytes)


async def whole_text(request: Request) -> str:
    """The same as text, to be read as JSON; raises `invalid_json` where it is not UTF-8."""
    return await _whole(request, TEXT_ALONE_TIMES, text_of)


async def _whole(request: Request, times: int | None, read: Callable[[bytes], Read]) -> Read:
    body = _Coming(context_of(request).place, times)
    try:
        async with aclosing(request.stream()) as pieces:
            async for piece in pieces:
                await body.add(piece)
        return await body.whole(read)
    finally:
        body.close()


class _Coming:
    """One body on its way: its first pieces in memory, the others there or in a file."""

    def __init__(self, place: Place, times: int | None) -> None:
        """`times` is how often its text will be held, values beside; None: it is no text."""
        self._place = place
        self._times = times
        self._pieces: list[bytes] = []
        self._size = 0  # of those pieces
        self._file: IO[bytes] | None = None
        self._whole = 0  # bytes so far, wherever they are
        self._values = 0
        self._is_wide = False

    async def add(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        self._note(piece)
        if self._file is None and self._place.fits(self._size):
            return
        if self._file is None or self._size >= FREE_BYTES:
            await self._to_disk()

    async def whole(self, read: Callable[[bytes], Read]) -> Read:
        needed = self._needed()
        if self._file is None and self._place.fits(needed):
            return await self._joined(read)
        if self._times and needed > self._place.most:
            raise _too_much(needed, self._place.most)
        await self._to_disk()
        await self._place.hold(needed)
        return await asyncio.to_thread(lambda: read(self._read()))

    async def _joined(self, read: Callable[[bytes], Read]) -> Read:
        if self._whole <= FREE_BYTES or read is bytes:
            return read(self._take())
        return await asyncio.to_thread(lambda: read(self._take()))

    def _take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _note(self, piece: bytes) -> None:
        self._whole += len(piece)
        if self._times:
            self._values += values_in(piece)
            self._is_wide = self._is_wide or not piece.isascii()

    def _needed(self) -> int:
        if not self._times:
            return self._whole
        times = WIDE_TIMES if self._is_wide else self._times
        return times * self._whole + VALUE_BYTES * self._values

    async def _to_disk(self) -> None:
        await asyncio.to_thread(self._write)
        self._place.shrink(0)

    def _write(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._file.write(b"".join(self._pieces))
        self._pieces, self._size = [], 0

    def _read(self) -> bytes:
        assert self._file is not None
        self._file.seek(0)
        return self._file.read()


def _too_much(needed: int, most: int) -> FramedError:
    return FramedError(
        Code.TOO_LARGE,
        f"The body would take {needed / MIB:.0f} MiB of memory once it is read, and one request "
        f"has {most / MIB:.0f} (three quarters of FRAMED_REQUEST_MEMORY_MB); send photos as files "
        "of a form, or fewer items at once.",
        details={"limit_bytes": most, "setting": "FRAMED_REQUEST_MEMORY_MB"},
    )
