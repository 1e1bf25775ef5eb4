"""Room in memory for what requests hold: bodies, their parsed form, answers not yet taken.

One bound over all of it. Who finds no room waits; those who let their answers lie are let go then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from framed.awaited import ClientLeftError
from framed.settings import MIB

SMALL = MIB  # what holds no more than this has a quarter of the room to itself
READER_SECONDS = 2.0  # that an answer may take to leave while others wait for its room


@dataclass(frozen=True)
class _Answer:
    """One that is leaving: since when, how much room it has, and what ends it."""

    since: float
    size: int
    clock: asyncio.Timeout


class Room:
    """Counts what all requests of a process hold, up to `limit` bytes; others wait `seconds`."""

    def __init__(self, limit: int = 256 * MIB, seconds: float = 5.0) -> None:
        self.most = limit - limit // 4  # bytes for one request
        self._limit = limit
        self._seconds = seconds
        self._left = limit
        self._line: dict[asyncio.Future[None], tuple[int, int]] = {}
        self._leaving: dict[_Answer, None] = {}
        self._press_again: asyncio.TimerHandle | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nobody holds anything."""
        return self._left == self._limit

    @property
    def leaving(self) -> int:
        """Requests whose work is done, but for the reader who is to take the answer."""
        return len(self._leaving)

    def take(self, more: int, held: int = 0) -> bool:
        """Whether `more` bytes fit, for one who has `held`; they are to be given back then."""
        kept = self._limit - self.most if held + more > SMALL else 0
        fits = more <= self._left - kept or not more
        self._left -= more if fits else 0
        return fits

    async def wait(self, more: int, held: int = 0) -> bool:
        """`take`, after a wait where that is needed; False where it would have been too long."""
        if self.take(more, held):
            return True
        ticket = asyncio.get_running_loop().create_future()
        self._line[ticket] = (more, held)
        self._press()
        try:
            async with asyncio.timeout(self._seconds):
                await ticket
        except BaseException as gone:
            self._line.pop(ticket, None)
            if ticket.done() and not ticket.cancelled():  # served while it left
                self.give_back(more)
            if isinstance(gone, TimeoutError):
                return False
            raise
        return True

    def give_back(self, size: int) -> None:
        """Once it is not held any more; the first in line that fits gets it."""
        self._left += size
        for ticket, (more, held) in list(self._line.items()):
            if not ticket.done() and self.take(more, held):
                del self._line[ticket]
                ticket.set_result(None)

    @asynccontextmanager
    async def until_taken(self, size: int) -> AsyncIterator[None]:
        """While a reader takes what has `size` bytes of room here.

        Raises `ClientLeftError` where that takes long and others wait for the room.
        """
        try:
            async with asyncio.timeout(None) as clock:
                answer = _Answer(asyncio.get_running_loop().time(), size, clock)
                self._leaving[answer] = None
                try:
                    yield
                finally:
                    self._leaving.pop(answer, None)
        except TimeoutError:
            if clock.expired():
                raise ClientLeftError from None
            raise

    def _press(self) -> None:
        """Let go of those who have been taking their answers the longest, as far as is needed."""
        if self._press_again is not None:
            self._press_again.cancel()
        loop = asyncio.get_running_loop()
        wanted = sum(more for more, _ in self._line.values())
        for answer in [each for each in self._leaving if each.size]:
            if wanted <= 0:
                return
            if (patient_until := answer.since + READER_SECONDS) > loop.time():
                self._press_again = loop.call_at(patient_until, self._press)
                return
            answer.clock.reschedule(loop.time())
            del self._leaving[answer]
            wanted -= answer.size
