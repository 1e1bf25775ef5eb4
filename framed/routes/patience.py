"""How long a body is waited for: each piece only so long, and all of it at a least rate."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive

from framed.errors import Code, FramedError

GRACE_SECONDS = 20.0  # of waiting, before the rate counts


class Patience:
    """Waits for the pieces of one body; time in which nobody asks for them is not the sender's.

    `piece` is in seconds, `rate` in bytes a second, 0 for any.
    """

    def __init__(self, piece: float, rate: int) -> None:
        self._piece = piece
        self._rate = rate
        self._waited = 0.0
        self._received = 0

    async def next(self, receive: Receive) -> Message:
        """The next message. Raises `stalled` where it, or the body so far, takes too long."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        try:
            async with asyncio.timeout(min(self._piece, self._left())):
                message = await receive()
        except TimeoutError:
            raise stalled() from None
        finally:
            self._waited += loop.time() - asked
        self._received += len(message.get("body", b""))
        return message

    def _left(self) -> float:
        """Seconds until what has come is too little for the time it took."""
        if not self._rate:
            return self._piece
        return max(GRACE_SECONDS, self._received / self._rate) - self._waited


def stalled() -> FramedError:
    """The refusal of a sender who does not go on."""
    return FramedError(
        Code.STALLED, "The body came too slowly or not at all; send the request again."
    )
