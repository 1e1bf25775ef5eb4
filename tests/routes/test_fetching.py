"""Photos that a request names: they take room as they come, and none before."""

from __future__ import annotations

import asyncio

import pytest

from framed.errors import Code, FramedError
from framed.holding import Hold
from framed.photo import PhotoBytes
from framed.routes.context import Context
from framed.routes.fetching import fetched
from framed.routes.place import Place
from framed.routes.room import Room
from framed.settings import MIB


def test_a_server_that_says_nothing_holds_no_room() -> None:
    """However many addresses are waited for; an upload finds all of it."""

    async def scenario() -> bool:
        room = Room(8 * MIB)
        context = Context("r", place=Place(room))

        async def silent(hold: Hold) -> PhotoBytes:
            await asyncio.Event().wait()
            raise AssertionError("it waits")

        waiting = [asyncio.create_task(fetched(context, silent)) for _ in range(16)]
        await asyncio.sleep(0)
        found = room.is_empty
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return found

    assert asyncio.run(scenario())


def test_what_came_is_held_and_what_failed_is_not() -> None:
    """Until the request is over."""

    async def scenario() -> None:
        room = Room(8 * MIB)
        context = Context("r", place=Place(room))

        async def whole(hold: Hold) -> PhotoBytes:
            await hold(MIB)
            return PhotoBytes(bytes(MIB), "url", None)

        async def broken(hold: Hold) -> PhotoBytes:
            await hold(MIB)
            raise FramedError(Code.FETCH_FAILED, "it broke")

        with pytest.raises(FramedError):
            await fetched(context, broken)
        assert room.is_empty
        await fetched(context, whole)
        assert not room.is_empty
        await context.close()
        assert room.is_empty

    asyncio.run(scenario())
