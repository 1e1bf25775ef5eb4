"""What the routes of others have in common."""

from __future__ import annotations

import asyncio

import pytest

from framed.routes.foreign import together


def test_all_are_worked_on_at_the_same_time_and_keep_their_order() -> None:
    """Each waits for the others."""

    async def asked() -> list[int]:
        meeting = asyncio.Barrier(3)

        async def one(place: int) -> int:
            async with asyncio.timeout(20):
                await meeting.wait()
            return place

        return await together(one(place) for place in range(3))

    assert asyncio.run(asked()) == [0, 1, 2]


def test_of_two_failures_the_first_by_place_is_raised() -> None:
    """Though the other one came before it; who still works is cancelled."""
    ended: list[str] = []

    async def late(failed: asyncio.Event) -> None:
        await failed.wait()
        raise ValueError("late, but first")

    async def soon(failed: asyncio.Event) -> None:
        failed.set()
        raise ValueError("soon")

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def asked() -> None:
        failed = asyncio.Event()
        async with asyncio.timeout(20):
            await together([late(failed), soon(failed), endless()])

    with pytest.raises(ValueError, match="late, but first"):
        asyncio.run(asked())
    assert ended == ["cancelled"]


def test_who_stops_waiting_stops_all() -> None:
    """A request over its deadline leaves nothing behind."""
    ended: list[str] = []

    async def endless(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    async def asked() -> None:
        async with asyncio.timeout(0.05):
            await together(endless(name) for name in "ab")

    with pytest.raises(TimeoutError):
        asyncio.run(asked())
    assert sorted(ended) == ["a", "b"]
