"""Files of a form are read where there is room for them."""

from __future__ import annotations

import asyncio
import io

import pytest
from starlette.datastructures import UploadFile

from framed.errors import Code, FramedError
from framed.routes.parts import hold_largest, photo_from
from framed.routes.place import Place
from framed.routes.room import Room
from framed.settings import MIB


def part_of(size: int) -> UploadFile:
    return UploadFile(io.BytesIO(bytes(size)), size=size, filename="a.jpg")


def test_a_photo_is_held_by_its_request() -> None:
    """Until the request gives its place back."""
    room = Room(16 * MIB)
    place = Place(room)
    photo = asyncio.run(photo_from(part_of(2 * MIB), place, 8 * MIB))
    assert (len(photo.data), place.taken) == (2 * MIB, 2 * MIB)


def test_only_what_is_read_at_the_same_time_is_held() -> None:
    """The largest ones, and never more of one than is read."""
    place = Place(Room(64 * MIB))
    parts = [part_of(size * MIB) for size in (1, 3, 2, 9)]
    asyncio.run(hold_largest(parts, place, 4 * MIB, most=2))
    assert place.taken == 7 * MIB


def test_no_room_is_a_refusal() -> None:
    """After the wait."""
    room = Room(8 * MIB, seconds=0.01)
    room.take(6 * MIB)
    with pytest.raises(FramedError) as refused:
        asyncio.run(photo_from(part_of(2 * MIB), Place(room), 8 * MIB))
    assert refused.value.code is Code.OVERLOADED
