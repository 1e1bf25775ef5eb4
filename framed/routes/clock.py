"""The clock of one request: it runs while we work, and stands while the sender is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager


class Clock:
    """`seconds` from now on, None for no end, and longer by all the time in which it `stands`.

    All calls come from one event loop.
    """

    def __init__(self, seconds: float | None) -> None:
        self._ends = None if seconds is None else _now() + seconds
        self._timeout: asyncio.Timeout | None = None  # while the block runs
        self.has_rung = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Timeout]:
        """Cancel the block when the time is over; raises TimeoutError then.

        Gives the timeout, whose `when` is the end as it is set now; None where it stands.
        """
        timeout = asyncio.timeout_at(self._ends)
        try:
            async with timeout:
                self._timeout = timeout
                yield timeout
        finally:
            self._timeout, self.has_rung = None, timeout.expired()

    def stop(self) -> None:
        """No time counts from now on."""
        self._ring_at(None)

    @contextmanager
    def stands(self) -> Iterator[None]:
        """The time of this block does not count."""
        began, end = _now(), self._timeout.when() if self._timeout else None
        self._ring_at(None)
        try:
            yield
        finally:
            if end is not None:
                self._ring_at(end + _now() - began)

    def _ring_at(self, when: float | None) -> None:
        if self._timeout is not None and not self._timeout.expired():
            self._timeout.reschedule(when)


def _now() -> float:
    return asyncio.get_running_loop().time()
