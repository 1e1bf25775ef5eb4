"""A request's part of the room: some of it free, the rest taken, waited for, and given back."""

from __future__ import annotations

import asyncio

import pytest

from framed.errors import Code, FramedError
from framed.routes.place import FREE_BYTES, Place
from framed.routes.room import Room
from framed.settings import MIB


def test_a_little_is_free() -> None:
    """Of each request, whatever the others hold."""
    room = Room(MIB)
    assert Place(room).fits(FREE_BYTES)
    assert room.is_empty
    assert not Place(Room(0)).fits(FREE_BYTES + 1)


def test_what_is_held_grows_and_shrinks() -> None:
    """Less than is held is no more to ask for; nothing is left in the end."""
    room = Room(MIB)
    place = Place(room)
    asyncio.run(place.hold(FREE_BYTES + 1000))
    assert place.fits(FREE_BYTES + 200)
    assert (place.taken, place.total) == (1000, FREE_BYTES + 1000)
    place.shrink(FREE_BYTES + 300)
    assert place.taken == 300
    place.shrink(0)
    assert room.is_empty


def test_more_than_there_is_counts_as_all_that_there_is() -> None:
    """So that the largest request is served, alone; the next one waits, and is refused."""
    room = Room(8 * MIB, seconds=0.01)
    large = Place(room)
    asyncio.run(large.hold(100 * MIB))
    assert large.taken == room.most
    with pytest.raises(FramedError) as refused:
        asyncio.run(Place(room).hold(3 * MIB))
    assert refused.value.code is Code.OVERLOADED
    assert refused.value.retry_after
