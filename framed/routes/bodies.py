"""A body as it comes in: in memory where there is room, so that slow senders hold little of it."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import aclosing
from typing import IO

from starlette.requests import Request

from framed.routes.context import context_of
from framed.routes.room import Room

FREE_BYTES = 64 * 1024  # of each body, in memory whatever the others hold
_WRITTEN_AT_ONCE = 256 * 1024


async def whole_body(request: Request) -> bytes:
    """The body of a request that has not been read.

    Until it is whole it is in memory only where there is room, so that slow senders hold none.
    Raises OSError where the disk has no room either.
    """
    body = _Coming(context_of(request).room)
    try:
        async with aclosing(request.stream()) as pieces:
            async for piece in pieces:
                await body.add(piece)
        return await body.whole()
    finally:
        body.close()


class _Coming:
    """One body on its way: its first pieces in memory, the others there or in a file."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._taken = 0
        self._pieces: list[bytes] = []
        self._size = 0  # of those pieces
        self._file: IO[bytes] | None = None

    async def add(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._file is None and self._fits(len(piece)):
            return
        if self._file is None or self._size >= _WRITTEN_AT_ONCE:
            await asyncio.to_thread(self._write)

    async def whole(self) -> bytes:
        if self._file is None:
            return b"".join(self._pieces)
        return await asyncio.to_thread(self._read)

    def close(self) -> None:
        self._give_back()
        if self._file is not None:
            self._file.close()

    def _fits(self, more: int) -> bool:
        if self._size <= FREE_BYTES:
            return True
        if not self._room.take(more):
            return False
        self._taken += more
        return True

    def _write(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._file.write(b"".join(self._pieces))
        self._pieces, self._size = [], 0

    def _read(self) -> bytes:
        assert self._file is not None
        self._write()
        self._file.seek(0)
        return self._file.read()

    def _give_back(self) -> None:
        self._room.give_back(self._taken)
        self._taken = 0
