"""One connection between the front and a runner, as either end sees it: values in, frames out."""

from __future__ import annotations

import asyncio
from typing import Any

from framed.ipc.frames import BrokenFrameError, Frames


class Line(asyncio.Protocol):
    """Hands every whole value that comes to `hear`; what is no frame ends the connection."""

    def __init__(self) -> None:
        self.transport: Any = None
        self._frames = Frames()

    def hear(self, word: Any) -> None:
        """A value came."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            for word in self._frames.feed(data):
                self.hear(word)
        except BrokenFrameError:
            self.transport.abort()
            raise
