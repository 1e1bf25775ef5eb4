"""A body comes in whole, in memory or over the disk, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import tempfile
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request

from framed.routes.bodies import FREE_BYTES, whole_body
from framed.routes.context import KEY, Context
from framed.routes.room import Room
from tests.routes.talking import DISCONNECT, pieces, scope_of

PIECE = bytes(range(256)) * 256  # 64 KiB


def body_of(room: Room, incoming: list[Any]) -> bytes:
    scope = {**scope_of(method="POST"), "state": {KEY: Context("rid", room=room)}}

    async def receive() -> Any:
        return incoming.pop(0)

    return asyncio.run(whole_body(Request(scope, receive)))


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every temporary file that is made."""
    made: list[Any] = []
    make = tempfile.TemporaryFile

    def noted(*given: Any, **named: Any) -> Any:
        made.append(make(*given, **named))
        return made[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", noted)
    return made


@pytest.mark.parametrize("room", [0, 3 * len(PIECE), 100 * len(PIECE)])
def test_whole(room: int, files: list[Any]) -> None:
    """The same bytes wherever they were meanwhile; all room is given back, all files are closed."""
    left = Room(room)
    assert body_of(left, pieces(*[PIECE] * 20)) == PIECE * 20
    assert left.take(room)
    assert len(files) == (room < 20 * len(PIECE))
    assert all(file.closed for file in files)


def test_a_small_body_never_waits_for_room(files: list[Any]) -> None:
    """A request of a few bytes is read whatever the others hold."""
    assert len(body_of(Room(0), pieces(bytes(FREE_BYTES)))) == FREE_BYTES
    assert files == []


def test_a_sender_who_leaves_holds_nothing(files: list[Any]) -> None:
    """Room and file are free again."""
    room = Room(2 * len(PIECE))
    with pytest.raises(ClientDisconnect):
        body_of(room, [*pieces(*[PIECE] * 9, b"")[:-1], DISCONNECT])
    assert room.take(2 * len(PIECE))
    assert [file.closed for file in files] == [True]
