"""When a runner may go: not while the front still calls it.

On a stop every process of a server is told at the same moment. The front finishes what it has
taken on, and needs the runners for it; so a runner that is told to go stays until nobody has
called it for a while. As long as the front lives it asks each half second whether the runner does.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

QUIET_SECONDS = 2.0  # four of the front's questions
LONGEST_SECONDS = 3600.0  # whoever wants the server gone sooner kills it


class Calls:
    """Counts the calls of a process that are under way, and remembers when the last one ended."""

    def __init__(self) -> None:
        self._running = 0
        self._ended = time.monotonic()

    def begin(self) -> None:
        """A call comes in."""
        self._running += 1

    def end(self) -> None:
        """A call has its answer."""
        self._running -= 1
        self._ended = time.monotonic()

    def quiet_since(self) -> float:
        """Seconds since the last call ended; 0 while one runs."""
        return 0.0 if self._running else time.monotonic() - self._ended


class CountCalls:
    """ASGI middleware that keeps `calls`."""

    def __init__(self, app: Any, calls: Calls) -> None:
        self._app = app
        self._calls = calls

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._calls.begin()
        try:
            await self._app(scope, receive, send)
        finally:
            self._calls.end()


def leave_last(
    calls: Calls, *, quiet: float = QUIET_SECONDS, longest: float = LONGEST_SECONDS
) -> None:
    """Hold a SIGTERM of this process back until `calls` have been quiet for `quiet` seconds.

    To be called in the main thread once the server has set its own handler, which is passed the
    signal in the end, after `longest` seconds at the latest.
    """
    leave = signal.getsignal(signal.SIGTERM)
    if not callable(leave):  # nothing would stop gracefully, so there is nothing to hold back
        return

    def told(number: int, frame: FrameType | None) -> None:
        started = time.monotonic()
        threading.Thread(target=_wait, args=(started, number), daemon=True).start()

    def _wait(started: float, number: int) -> None:
        _until(lambda: min(calls.quiet_since(), time.monotonic() - started) >= quiet, longest)
        leave(number, None)

    signal.signal(signal.SIGTERM, told)


def _until(done: Callable[[], bool], longest: float) -> None:
    end = time.monotonic() + longest
    while not done() and time.monotonic() < end:
        time.sleep(0.05)
