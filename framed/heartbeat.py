"""A worker's sign of life: a word to the supervisor every half second, from the event loop.

A datagram into a socket of the supervisor's: nothing is written to disk, and nobody else can send.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

logger = logging.getLogger("framed.heartbeat")

HEART = "_FRAMED_HEARTBEAT"  # the path of that socket; not set: nobody listens
BEAT_SECONDS = 0.5
LAST_SECONDS = 10.0  # for a worker whose supervisor is gone to finish what it does
LONGEST_REASON = 200  # characters

LONGEST_BEAT = 1000  # bytes

_beating: set[asyncio.Task[None]] = set()


@dataclass(frozen=True)
class Beat:
    """What the process `pid` says of itself: whether it loads a model, and why it is broken."""

    pid: int
    loading: bool = False
    broken: str = ""

    def packed(self) -> bytes:
        """The beat as it travels, at most `LONGEST_BEAT` bytes."""
        return f"{self.pid} {self.loading:d} {self.broken[:LONGEST_REASON]}".encode()

    @classmethod
    def unpacked(cls, sent: bytes) -> Self:
        """The beat again."""
        pid, loading, broken = sent.decode().split(" ", 2)
        return cls(int(pid), loading == "1", broken)


def start_beating(
    *,
    broken: Callable[[], str | None] = lambda: None,
    loading: Callable[[], bool] = lambda: False,
) -> None:
    """Beat on the running loop until this process ends; nothing where nobody listens.

    `broken` says why this process cannot do its work, or None. A worker that says so for a while
    is replaced, like one that says nothing. One that is `loading` has minutes for its next word:
    some engines hold the interpreter for as long as they build a model.
    """
    if path := os.environ.get(HEART):
        own = os.getpid()
        task = asyncio.get_running_loop().create_task(
            _beat(path, lambda: Beat(own, loading(), broken() or ""))
        )
        _beating.add(task)  # a task that nobody holds may be collected


async def _beat(path: str, beat: Callable[[], Beat]) -> None:
    supervisor = os.getppid()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heart:
        heart.setblocking(False)
        while os.getppid() == supervisor:
            with suppress(OSError):  # the supervisor is stopping, or does not read just now
                heart.sendto(beat().packed(), path)
            await asyncio.sleep(BEAT_SECONDS)
    await _end()


async def _end() -> None:
    """Nobody would start this worker again or stop it, and it must not hold the server's port."""
    logger.error("the supervisor is gone; this worker ends")
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(LAST_SECONDS)
    os._exit(1)
