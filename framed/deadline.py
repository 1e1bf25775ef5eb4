"""When the request that a task works for will be given up: for those who admit its work.

The front's edge sets the clock and may move it; a call to a runner takes along what is left then.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

PLANNED = 0.8  # of what is left: paces vary, and others come in between

_CLOCK: ContextVar[asyncio.Timeout | None] = ContextVar("framed_clock", default=None)


@contextmanager
def ends_with(clock: asyncio.Timeout | None) -> Iterator[None]:
    """What is begun in this block is given up when `clock` rings; None: never."""
    before = _CLOCK.set(clock)
    try:
        yield
    finally:
        _CLOCK.reset(before)


def clock_of(left: float | None) -> asyncio.Timeout | None:
    """For `ends_with`: a clock that would ring in `left` seconds, to be read by those who ask what
    is left; it ends nothing."""
    if left is None:
        return None
    return asyncio.timeout_at(asyncio.get_running_loop().time() + left)


def seconds_left() -> float:
    """Until the running task's request is given up, by its clock as it is set now.

    Infinite where nothing ends it; negative where it should have ended.
    """
    clock = _CLOCK.get()
    if clock is None or (when := clock.when()) is None:
        return math.inf
    return when - asyncio.get_running_loop().time()


def is_in_time(seconds: float) -> bool:
    """Whether what is expected to take `seconds` will be done, with some to spare."""
    return seconds <= PLANNED * seconds_left()
