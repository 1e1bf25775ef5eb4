"""A response on its way out: has its reader taken anything of late?"""

from __future__ import annotations

import asyncio


class Standing:
    """Watches what `transport` still has to send; `seconds` without any progress are too many."""

    def __init__(self, transport: asyncio.Transport, seconds: float) -> None:
        self._transport = transport
        self._seconds = seconds
        self._pending = 0
        self._moved = 0.0

    def moved(self, now: float) -> None:
        """The reader took a good part of what was pending."""
        self._moved = now

    def is_over(self, now: float) -> bool:
        """Whether the reader stands still for too long; to be asked every now and then."""
        pending = self._transport.get_write_buffer_size()
        if not pending or pending < self._pending or not self._pending:
            self._moved = now
        self._pending = pending
        return now - self._moved > self._seconds
