"""What the supervisor makes of a signal: a graceful stop, an end at once, or nothing.

circus's own handlers take SIGHUP for a reload, which waits for runners that never fall quiet, and
lose a SIGTERM that comes while a worker is being started.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
HARMLESS = (signal.SIGUSR1, signal.SIGUSR2)  # what rotates logs sends them; nothing reopens here
SAME_STROKE = 1.0  # seconds in which a second SIGINT is the first, passed on by a wrapper as well


class Signals:
    """The handlers of this process from now to its end, in place of circus's `SysHandler`.

    On the loop `leave` is called for every signal that stops, and `end` instead for a SIGINT that
    comes while the server is stopping: whoever presses Ctrl-C again does not want to wait.
    """

    def __init__(self, loop: Any, leave: Callable[[], Any], end: Callable[[], Any]) -> None:
        self._loop, self._leave, self._end = loop, leave, end
        self._told: float | None = None
        for number in STOPS:
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._hear)  # nohup has asked for the exception
        for number in HARMLESS:
            signal.signal(number, lambda *_: None)

    def stop(self) -> None:
        """What circus asks for at the end: in vain, for a second SIGTERM must not cut the end short
        and leave the run's folder behind."""

    def _hear(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        if self._told is None:
            self._told = now
        again = now - self._told >= SAME_STROKE
        impatient = again and number == signal.SIGINT
        self._loop.add_callback_from_signal(self._end if impatient else self._leave)
