"""A lock that nobody keeps for ever: who finds it held for too long is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from framed.errors import Code, FramedError


class TimedLock:
    """One at a time; the next one waits until the holder has had it for `limit` seconds."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._lock = Lock()
        self._since = 0.0  # on the monotonic clock

    @contextmanager
    def held(self) -> Iterator[None]:
        """Raises `unavailable` where the one before does not come to an end."""
        while not self._lock.acquire(timeout=max(self._left(), 0)):
            if self._left() <= 0:
                raise _busy(self._limit)
        self._since = time.monotonic()
        try:
            yield
        finally:
            self._lock.release()

    def _left(self) -> float:
        if not self._lock.locked():
            return self._limit
        return self._since + self._limit - time.monotonic()


def _busy(limit: float) -> FramedError:
    return FramedError(
        Code.UNAVAILABLE,
        f"An earlier reload has not come to an end for {limit:g} s; see the log and whether the "
        "cache folder answers. The banks serve as before.",
        retry_after=60,
    )
