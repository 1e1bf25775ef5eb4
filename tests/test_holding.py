"""Room for a photo on its way: in steps, and on nobody's clock."""

from __future__ import annotations

import asyncio

import pytest

from framed.holding import STEP, in_steps, standing


def test_room_is_asked_for_in_whole_steps() -> None:
    """So that a photo asks a few times, not once a packet."""
    assert [in_steps(size) // STEP for size in (0, 1, STEP, STEP + 1)] == [0, 1, 1, 2]


def test_a_clock_stands_while_room_is_waited_for() -> None:
    """The wait is longer than the deadline, which goes on afterwards."""

    async def scenario() -> None:
        async with asyncio.timeout(0.05) as clock:
            with standing(clock):
                await asyncio.sleep(0.15)
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        asyncio.run(scenario())

    async def in_time() -> str:
        async with asyncio.timeout(0.05) as clock:
            with standing(clock):
                await asyncio.sleep(0.15)
            return "done"

    assert asyncio.run(in_time()) == "done"
