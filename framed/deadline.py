"""How long a request may take: seconds of our own, not those in which its sender is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager


class Deadline:
    """`seconds` from now on, None for no end; it moves on by every time spent in `paused`.

    All calls come from one event loop.
    """

    def __init__(self, seconds: float | None) -> None:
        self._ends = None if seconds is None else _now() + seconds
        self._clock: asyncio.Timeout | None = None  # while the block runs
        self.has_ended = False
        """Whether it broke the block `running` off."""

    @property
    def left(self) -> float | None:
        """Seconds until it ends, 0 once it has; None: it never does."""
        return None if self._ends is None else max(0.0, self._ends - _now())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Cancel the block where the deadline ends before it does; raises TimeoutError then."""
        clock = asyncio.timeout_at(self._ends)
        try:
            async with clock:
                self._clock = clock
                yield
        finally:
            self._clock, self.has_ended = None, clock.expired()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What this block takes does not count."""
        began = _now()
        self._ring_at(None)
        try:
            yield
        finally:
            if self._ends is not None:
                self._ends += _now() - began
            self._ring_at(self._ends)

    def _ring_at(self, when: float | None) -> None:
        if self._clock is not None and not self._clock.expired():
            self._clock.reschedule(when)


def _now() -> float:
    return asyncio.get_running_loop().time()
