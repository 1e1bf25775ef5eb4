"""A bound on memory held at once: who asks first is served first, whoever it is."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from threading import Lock


class MemoryBudget:
    """Grants bytes up to `limit` at once; a request above the whole limit is granted alone.

    Requests are granted in order of asking, so a large one is never starved. Safe to use
    from any thread and any event loop.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0  # a whole number: what is given back must come to exactly nothing
        self._waiting: deque[tuple[Future[None], int]] = deque()
        self._lock = Lock()

    async def acquire(self, size: int, *, ahead: bool = False) -> None:
        """Waits for a grant of `size` bytes, to be given back with `release`.

        `ahead`: before all who wait, for one who holds some and gives all back soon. A cancelled
        wait holds nothing.
        """
        ticket: Future[None] = Future()
        with self._lock:
            (self._waiting.appendleft if ahead else self._waiting.append)((ticket, size))
            self._grant()
        if ticket.done():  # at once: no event loop has to be woken
            return
        try:
            await asyncio.wrap_future(ticket)
        except BaseException:
            self._abandon(ticket, size)
            raise

    def release(self, size: int) -> None:
        """Gives a grant back; to be called once for each `acquire` that returned."""
        with self._lock:
            self._held -= size
            self._grant()

    def _abandon(self, ticket: Future[None], size: int) -> None:
        if not ticket.cancel():  # granted while the caller was being cancelled
            self.release(size)
            return
        with self._lock:
            self._grant()  # those behind it may fit now

    def _grant(self) -> None:
        while self._waiting:
            ticket, size = self._waiting[0]
            if ticket.cancelled():
                self._waiting.popleft()
                continue
            if self._held and self._held + size > self._limit:
                return
            self._waiting.popleft()
            if ticket.set_running_or_notify_cancel():  # False: cancelled at this very moment
                self._held += size
                ticket.set_result(None)
