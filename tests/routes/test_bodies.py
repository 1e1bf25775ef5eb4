"""A body comes in whole, in memory or over the disk, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import tempfile
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request

from framed.errors import Code, FramedError
from framed.routes.bodies import whole_body
from framed.routes.context import KEY, Context
from framed.routes.place import FREE_BYTES, Place
from framed.routes.room import Room
from framed.settings import MIB
from tests.routes.talking import DISCONNECT, pieces, scope_of

PIECE = bytes(range(256)) * 256  # 64 KiB


def body_of(room: Room, incoming: list[Any], *, parsed: bool = False) -> bytes:
    """The body that a request reads; what it holds is given back then."""
    context = Context("rid", place=Place(room))
    scope = {**scope_of(method="POST"), "state": {KEY: context}}

    async def receive() -> Any:
        return incoming.pop(0)

    async def scenario() -> bytes:
        try:
            return await whole_body(Request(scope, receive), parsed=parsed)
        finally:
            await context.close()

    return asyncio.run(scenario())


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
    assert left.is_empty
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
    assert room.is_empty
    assert [file.closed for file in files] == [True]


@pytest.mark.parametrize(
    ("piece", "parsed", "most"),
    [
        (b"x" * 1000, False, 1.0),
        (b"x" * 1000, True, 3.0),
        ("é".encode() * 500, True, 6.0),
        (b"[1]," * 250, True, 3 + 2 * 256 / 4),
    ],
    ids=["raw", "text", "wide text", "many values"],
)
def test_what_it_will_take_is_held(piece: bytes, parsed: bool, most: float) -> None:
    """By what will be made of it; the request has it until its end."""
    room, size = Room(32 * MIB), 100 * len(piece)
    held: list[bool] = []

    async def scenario() -> None:
        context = Context("rid", place=Place(room))
        scope = {**scope_of(method="POST"), "state": {KEY: context}}
        incoming = pieces(*[piece] * 100)

        async def receive() -> Any:
            return incoming.pop(0)

        await whole_body(Request(scope, receive), parsed=parsed)
        assert context.place.total == max(FREE_BYTES, round(most * size))
        held.append(room.is_empty)
        await context.close()

    asyncio.run(scenario())
    assert room.is_empty
    assert held == [False]


def test_whole_ones_wait_for_room_on_disk(files: list[Any]) -> None:
    """And are refused where there is none for long; those who wait hold nothing."""
    room = Room(2 * MIB, seconds=0.05)
    assert room.take(MIB + 1)
    with pytest.raises(FramedError) as refused:
        body_of(room, pieces(*[PIECE] * 20))
    assert (refused.value.code, refused.value.retry_after) == (Code.OVERLOADED, 2)
    assert len(files) == 1
    room.give_back(MIB + 1)
    assert room.is_empty


def test_what_does_not_fit_even_alone_is_refused_at_once() -> None:
    """Rather than read beyond the bound: it names the setting, and what to send instead."""
    with pytest.raises(FramedError) as refused:
        body_of(Room(8 * MIB), pieces(b"[1,2]," * 2**17), parsed=True)
    assert refused.value.code is Code.TOO_LARGE
    assert "FRAMED_REQUEST_MEMORY_MB" in refused.value.message
