"""Room in memory is given once."""

from __future__ import annotations

from framed.routes.room import Room


def test_what_is_taken_is_missing_until_it_is_given_back() -> None:
    """A request that finds none takes nothing."""
    room = Room(10)
    assert room.take(6)
    assert not room.take(6)
    assert room.take(4)
    room.give_back(6)
    assert room.take(6)
