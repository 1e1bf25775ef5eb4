"""A body as it comes in: in memory where there is room, so that slow senders hold little of it."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import aclosing
from typing import IO

from starlette.requests import Request

from framed.routes.context import context_of
from framed.routes.place import FREE_BYTES, Place
from framed.wires.body import values_in

TEXT_TIMES = 3  # a body, its text, and the values in it
WIDE_TIMES = 6  # the same where one letter makes each of the text take four bytes
VALUE_BYTES = 256  # of a value beside its text


async def whole_body(request: Request, *, parsed: bool = False) -> bytes:
    """The body of a request that has not been read; `parsed`: it will be, as JSON or as a form.

    Until it is whole it is in memory only where there is room, so that slow senders hold none.
    Then it waits for the room that it needs, and has it as long as the request lasts.
    Raises `overloaded` where that is too long, and OSError where the disk has no room either.
    """
    body = _Coming(context_of(request).place, parsed=parsed)
    try:
        async with aclosing(request.stream()) as pieces:
            async for piece in pieces:
                await body.add(piece)
        return await body.whole()
    finally:
        body.close()


class _Coming:
    """One body on its way: its first pieces in memory, the others there or in a file."""

    def __init__(self, place: Place, *, parsed: bool) -> None:
        self._place = place
        self._parsed = parsed
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

    async def whole(self) -> bytes:
        needed = self._needed()
        if self._file is None and self._place.fits(needed):
            return b"".join(self._pieces)
        await self._to_disk()
        await self._place.hold(needed)
        return await asyncio.to_thread(self._read)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _note(self, piece: bytes) -> None:
        self._whole += len(piece)
        if self._parsed:
            self._values += values_in(piece)
            self._is_wide = self._is_wide or not piece.isascii()

    def _needed(self) -> int:
        if not self._parsed:
            return self._whole
        times = WIDE_TIMES if self._is_wide else TEXT_TIMES
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
