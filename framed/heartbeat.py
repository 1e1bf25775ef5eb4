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

logger = logging.getLogger("framed.heartbeat")

HEART = "_FRAMED_HEARTBEAT"  # the path of that socket; not set: nobody listens
BEAT_SECONDS = 0.5
LAST_SECONDS = 10.0  # for a worker whose supervisor is gone to finish what it does
LONGEST_REASON = 200  # characters

Reason = Callable[[], str | None]
_beating: set[asyncio.Task[None]] = set()


def start_beating(broken: Reason = lambda: None) -> None:
    """Beat on the running loop until this process ends; nothing where nobody listens.

    `broken` says why this process cannot do its work, or None. A worker that says so for a while
    is replaced, like one that says nothing.
    """
    if path := os.environ.get(HEART):
        task = asyncio.get_running_loop().create_task(_beat(path, broken))
        _beating.add(task)  # a task that nobody holds may be collected


async def _beat(path: str, broken: Reason) -> None:
    supervisor = os.getppid()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heart:
        heart.setblocking(False)
        while os.getppid() == supervisor:
            with suppress(OSError):  # the supervisor is stopping, or does not read just now
                heart.sendto(f"{os.getpid()} {broken() or ''}"[:LONGEST_REASON].encode(), path)
            await asyncio.sleep(BEAT_SECONDS)
    await _end()


async def _end() -> None:
    """Nobody would start this worker again or stop it, and it must not hold the server's port."""
    logger.error("the supervisor is gone; this worker ends")
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(LAST_SECONDS)
    os._exit(1)
