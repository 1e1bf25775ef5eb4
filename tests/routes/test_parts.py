"""Files of a form are read where there is room for them."""

from __future__ import annotations

import asyncio
import io

import pytest
from starlette.datastructures import UploadFile

from framed.errors import Code, FramedError
from framed.routes.parts import photo_from
from framed.routes.place import Place
from framed.routes.room import Room
from framed.settings import MIB
from tests.limits import within


def part_of(size: int) -> UploadFile:
    return UploadFile(io.BytesIO(bytes(size)), size=size, filename="a.jpg")


def test_a_photo_is_held_by_its_request() -> None:
    """Until the request gives its place back."""
    room = Room(16 * MIB)
    place = Place(room)
    photo = asyncio.run(photo_from(part_of(2 * MIB), place, within(8 * MIB)))
    assert (len(photo.data), place.taken) == (2 * MIB, 2 * MIB)


def test_no_more_is_held_than_is_read() -> None:
    """Of a file above the limit, of which a byte more says enough."""
    place = Place(Room(64 * MIB))
    with pytest.raises(FramedError, match="FRAMED_MAX_PHOTO_BYTES"):
        asyncio.run(photo_from(part_of(9 * MIB), place, within(4 * MIB)))
    assert place.taken == 4 * MIB


def test_no_room_is_a_refusal() -> None:
    """After the wait."""
    room = Room(8 * MIB, seconds=0.01)
    room.take(6 * MIB)
    with pytest.raises(FramedError) as refused:
        asyncio.run(photo_from(part_of(2 * MIB), Place(room), within(8 * MIB)))
    assert refused.value.code is Code.OVERLOADED
