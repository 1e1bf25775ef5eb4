"""An answer on its way to its reader: in pieces, so that it is held here until it was taken.

A server that gets it whole keeps it for the reader, and the request counts as finished.
"""

from __future__ import annotations

from collections.abc import Iterator

from starlette.types import Message, Send

from framed.routes.place import Place
from framed.routes.room import Room

PIECE_BYTES = 32 * 1024


class Delivery:
    """Sends one answer by `send`; its bytes are those of `place`, until the reader took them."""

    def __init__(self, room: Room, place: Place, send: Send) -> None:
        self._room = room
        self._place = place
        self._send = send

    async def make_room(self, start: Message) -> bool:
        """Hold what the answer that begins so will take, and no more of what the request held.

        False for one that is not known in advance; it holds what the request did. Raises
        `overloaded`.
        """
        if (size := _declared(start)) is None:
            return False
        self._place.shrink(size)
        await self._place.hold(size)
        return True

    async def send(self, message: Message) -> None:
        """Raises `ClientLeftError` where the reader keeps up those who wait for his room."""
        async with self._room.until_taken(self._place.taken):
            for piece in _pieces(message):
                await self._send(piece)


def _declared(start: Message) -> int | None:
    lengths = [value for name, value in start.get("headers", ()) if name == b"content-length"]
    return int(lengths[0]) if lengths else None


def _pieces(message: Message) -> Iterator[Message]:
    body = message.get("body", b"")
    for begin in range(0, len(body) - PIECE_BYTES, PIECE_BYTES):
        yield {**message, "body": body[begin : begin + PIECE_BYTES], "more_body": True}
    last = (len(body) - 1) // PIECE_BYTES * PIECE_BYTES if len(body) > PIECE_BYTES else 0
    yield {**message, "body": body[last:]} if last else message
