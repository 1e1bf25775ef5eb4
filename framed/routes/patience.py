"""How long a body is waited for: a while for each piece, an hour at most, a least rate."""

from __future__ import annotations

import asyncio
import math

from starlette.types import Message, Receive

from framed.errors import Code, FramedError

GRACE_SECONDS = 20.0  # of waiting, that a body may lag behind the rate
LONGEST_SECONDS = 3600.0  # of waiting for one body, however steadily it comes


class Patience:
    """Waits for the pieces of one body; time in which nobody asks for them is not the sender's.

    `piece` is in seconds, `rate` in bytes a second, 0 for any. What came fast at first does not
    pay for more than the grace: nobody buys an hour of silence with a quick start.
    """

    def __init__(self, piece: float, rate: int) -> None:
        self._piece = piece
        self._rate = rate
        self._grace = GRACE_SECONDS if rate else math.inf
        self._left = LONGEST_SECONDS

    async def next(self, receive: Receive) -> Message:
        """The next message. Raises `stalled` where it, or the body so far, takes too long."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        try:
            async with asyncio.timeout(min(self._piece, self._grace, self._left)):
                message = await receive()
        except TimeoutError:
            raise stalled() from None
        self._count(loop.time() - asked, len(message.get("body", b"")))
        return message

    def _count(self, waited: float, received: int) -> None:
        self._left -= waited
        if self._rate:
            self._grace = min(GRACE_SECONDS, self._grace - waited + received / self._rate)


def stalled() -> FramedError:
    """The refusal of a sender who does not go on."""
    return FramedError(
        Code.STALLED, "The body came too slowly or not at all; send the request again."
    )
