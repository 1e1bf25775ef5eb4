"""Room in memory for a photo on its way: asked for as its bytes come, never ahead of them.

Who waits for a stranger's server holds nothing that others wait for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from framed.size_limit import MIB

STEP = MIB

Hold = Callable[[int], Awaitable[None]]
"""Holds so many bytes in all, after a wait for them; raises `overloaded` where that is too long."""


async def held_already(total: int) -> None:
    """The `Hold` of bytes that are counted elsewhere."""


def in_steps(size: int) -> int:
    """`size`, up to the next whole step."""
    return -(-size // STEP) * STEP


@contextmanager
def standing(clock: asyncio.Timeout) -> Iterator[None]:
    """`clock` stands meanwhile: the wait is not the fault of what it measures."""
    end = clock.when()
    if end is None or clock.expired():
        yield
        return
    loop = asyncio.get_running_loop()
    start = loop.time()
    clock.reschedule(None)
    try:
        yield
    finally:
        clock.reschedule(end + loop.time() - start)
