"""Room in memory is given once, also to those who wait, and not for readers who do not read."""

from __future__ import annotations

import asyncio

import pytest

from framed.awaited import ClientLeftError
from framed.routes import room as rooms
from framed.routes.room import SMALL, Room
from framed.settings import MIB


def test_what_is_taken_is_missing_until_it_is_given_back() -> None:
    """A request that finds none takes nothing."""
    room = Room(10)
    assert room.take(6)
    assert not room.take(6)
    assert room.take(4)
    room.give_back(6)
    assert room.take(6)
    room.give_back(10)
    assert room.is_empty


def test_a_part_is_for_small_requests() -> None:
    """Large ones, however they grow, leave a quarter."""
    room = Room(8 * MIB)
    assert room.take(6 * MIB)
    assert not room.take(1, held=SMALL)
    assert room.take(SMALL)
    assert room.take(SMALL)
    assert not room.take(1)


def test_who_waits_gets_what_is_given_back() -> None:
    """In order of coming, but for those whom it is not enough for."""

    async def scenario() -> list[str]:
        room, served = Room(12), []

        async def one(name: str, size: int) -> None:
            assert await room.wait(size)
            served.append(name)

        room.take(10)
        async with asyncio.TaskGroup() as group:
            for name, size in (("large", 9), ("small", 3), ("late", 2)):
                group.create_task(one(name, size))
                await asyncio.sleep(0)
            for given in (1, 2, 4, 3, 2):
                await asyncio.sleep(0)
                room.give_back(given)
        return served

    assert asyncio.run(scenario()) == ["late", "small", "large"]


def test_a_wait_has_an_end() -> None:
    """And takes nothing; nor does one that is broken off."""

    async def scenario() -> None:
        room = Room(10, seconds=0.01)
        room.take(8)
        assert not await room.wait(4)
        left = asyncio.create_task(room.wait(4))
        await asyncio.sleep(0)
        room.give_back(8)  # served, and gone before it knows
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
        assert room.is_empty

    asyncio.run(scenario())


def test_readers_who_do_not_read_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who took the longest, as many as are needed, and none while nobody waits."""
    monkeypatch.setattr(rooms, "READER_SECONDS", 0.05)

    async def scenario() -> list[str]:
        room, ended = Room(12, seconds=5), []

        async def reader(name: str, size: int) -> None:
            try:
                async with room.until_taken(size):
                    await asyncio.sleep(10)
            except ClientLeftError:
                ended.append(name)
                room.give_back(size)

        readers = []
        for name in ("first", "second", "third"):
            assert room.take(4)
            readers.append(asyncio.create_task(reader(name, 4)))
            await asyncio.sleep(0)
        assert room.leaving == 3
        await asyncio.sleep(0.1)
        assert ended == []
        assert await room.wait(6)
        for each in readers:
            each.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        return ended

    assert asyncio.run(scenario()) == ["first", "second"]
