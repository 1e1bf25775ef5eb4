"""An answer leaves in pieces, and has its room until the reader took them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from framed.awaited import ClientLeftError
from framed.errors import FramedError
from framed.routes import room as rooms
from framed.routes.delivery import PIECE_BYTES, Delivery
from framed.routes.place import Place
from framed.routes.room import Room
from framed.settings import MIB


def start_of(size: int) -> dict[str, Any]:
    headers = [(b"content-length", str(size).encode())]
    return {"type": "http.response.start", "status": 200, "headers": headers}


def body_of(data: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES, 100_001])
@pytest.mark.parametrize("more", [False, True])
def test_the_same_bytes_in_small_pieces(size: int, more: bool) -> None:
    """Only the last of them says whether there is more."""
    sent: list[Any] = []
    data = (bytes(range(251)) * 1000)[:size]

    async def send(message: Any) -> None:
        sent.append(message)

    room = Room(MIB)
    asyncio.run(Delivery(room, Place(room), send).send(body_of(data, more=more)))
    assert b"".join(each["body"] for each in sent) == data
    assert max(len(each["body"]) for each in sent) <= PIECE_BYTES
    assert len(sent) == max(1, -(-size // PIECE_BYTES))
    assert [each["more_body"] for each in sent] == [True] * (len(sent) - 1) + [more]


def test_an_answer_holds_what_it_is_long() -> None:
    """And not what the body was; one of unknown length holds on."""
    room = Room(8 * MIB, seconds=0.01)
    place = Place(room)

    async def scenario() -> None:
        await place.hold(5 * MIB)
        delivery = Delivery(room, place, lambda message: asyncio.sleep(0))
        assert not await delivery.make_room({"type": "http.response.start", "headers": []})
        assert place.total == 5 * MIB
        assert await delivery.make_room(start_of(2 * MIB))
        assert place.total == 2 * MIB
        assert Place(room).fits(3 * MIB)
        with pytest.raises(FramedError):
            await delivery.make_room(start_of(4 * MIB))

    asyncio.run(scenario())


def test_a_reader_who_keeps_others_waiting_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where his answer has room that somebody waits for."""
    monkeypatch.setattr(rooms, "READER_SECONDS", 0.05)
    room = Room(8 * MIB, seconds=5)
    place = Place(room)

    async def never(message: Any) -> None:
        await asyncio.Event().wait()

    async def leave() -> None:
        try:
            await Delivery(room, place, never).send(body_of(bytes(100)))
        finally:
            place.shrink(0)

    async def scenario() -> None:
        await place.hold(5 * MIB)
        leaving = asyncio.create_task(leave())
        await asyncio.sleep(0)
        assert room.leaving == 1
        assert await room.wait(4 * MIB)
        with pytest.raises(ClientLeftError):
            await leaving

    asyncio.run(scenario())
