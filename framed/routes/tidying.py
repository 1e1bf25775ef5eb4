"""Memory goes back to the system: after a burst, once nobody holds any, and after large requests.

Those leave holes between blocks that are still held. And what a request held that ended by an
exception may lie in cycles of its traceback's frames: it is collected before it comes to much.
"""

from __future__ import annotations

import asyncio
import gc

from framed.memory import give_back, trim
from framed.routes.room import Room
from framed.settings import MIB

WORTH_BYTES = 64 * MIB  # that came and went since the last time
LARGE_BYTES = MIB  # of a request; those that are smaller leave no holes that matter
QUIET_SECONDS = 1.0


class Tidying:
    """Has this process give back what it freed when much went through it and `room` is empty."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._gone = 0
        self._seen = 0
        self._in_cycles = 0
        self._holes = 0
        self._waits = False

    def after(self, size: int, *, failed: bool) -> None:
        """A request of `size` bytes, in and out, is over."""
        self._gone += size
        self._in_cycles += size if failed else 0
        if self._in_cycles >= WORTH_BYTES:
            self._in_cycles = 0
            gc.collect()
        self._holes += size if size > LARGE_BYTES else 0
        if self._holes >= WORTH_BYTES:
            self._holes = 0
            asyncio.get_running_loop().run_in_executor(None, trim)
        if self._gone >= WORTH_BYTES and not self._waits:
            self._look_later()

    def _look_later(self) -> None:
        self._waits, self._seen = True, self._gone
        asyncio.get_running_loop().call_later(QUIET_SECONDS, self._look)

    def _look(self) -> None:
        if self._gone != self._seen or not self._room.is_empty:
            self._look_later()
            return
        self._waits, self._gone = False, 0
        asyncio.get_running_loop().run_in_executor(None, give_back)
