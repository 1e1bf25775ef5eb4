"""How long the request of a task will still be waited for."""

from __future__ import annotations

import asyncio
import math

import pytest

from framed.deadline import ends_with, is_in_time, seconds_left


def test_without_a_clock_there_is_all_the_time() -> None:
    """So it is in tests, on the command line, and for clocks that stand."""

    async def scenario() -> None:
        assert seconds_left() == math.inf
        with ends_with(asyncio.timeout(None)):
            assert seconds_left() == math.inf
            assert is_in_time(1e9)

    asyncio.run(scenario())


def test_a_clock_may_be_moved() -> None:
    """Tasks begun before ask the same clock, as it is now; some time is kept for surprises."""

    async def scenario() -> None:
        async with asyncio.timeout(100) as clock:
            with ends_with(clock):
                begun = asyncio.Event()

                async def ask() -> float:
                    await begun.wait()
                    return seconds_left()

                asking = asyncio.create_task(ask())
                assert seconds_left() == pytest.approx(100, abs=5)
                clock.reschedule(asyncio.get_running_loop().time() + 1000)
                begun.set()
                assert await asking == pytest.approx(1000, abs=5)
                assert is_in_time(700)
                assert not is_in_time(900)
            assert seconds_left() == math.inf

    asyncio.run(scenario())
