"""Where rates are counted: in this process, or in a Redis that several servers share."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from limits.aio.storage import MemoryStorage, RedisStorage
from limits.errors import ConfigurationError

from framed.errors import StartupError
from framed.settings.access import IN_MEMORY

logger = logging.getLogger("framed.access")

PATIENCE = 0.25  # seconds for one answer of Redis; a request waits for it
REST = 5.0  # seconds without asking, once it did not answer
WARN_EVERY = 60.0
Storage = MemoryStorage | RedisStorage
Found = TypeVar("Found")


def storage_of(store: str) -> Storage:
    """The storage that the setting names; raises `StartupError` where its package is missing."""
    if store == IN_MEMORY:
        return MemoryStorage()
    try:
        return RedisStorage(f"async+{store}", implementation="redispy", key_prefix="framed")
    except ConfigurationError:
        raise StartupError(
            "FRAMED_RATE_STORE names a Redis, whose client is missing: install the package `redis` "
            "(in a checkout: .venv/bin/python -m pip install -e '.[redis]')."
        ) from None


class Patience:
    """Asks a storage without depending on it: one that fails or is slow is left alone for a while,
    and meanwhile everybody passes."""

    def __init__(self) -> None:
        self._resting_until = 0.0
        self._silent_until = 0.0

    async def ask(self, question: Callable[[], Awaitable[Found]], otherwise: Found) -> Found:
        """What `question` gives, or `otherwise`."""
        if time.monotonic() < self._resting_until:
            return otherwise
        try:
            async with asyncio.timeout(PATIENCE):
                return await question()
        except Exception as fault:  # whatever the client of a foreign server raises
            self._rest(fault)
            return otherwise

    def _rest(self, fault: Exception) -> None:
        now = time.monotonic()
        self._resting_until = now + REST
        if now >= self._silent_until:
            self._silent_until = now + WARN_EVERY
            logger.warning(
                "rates are not limited while FRAMED_RATE_STORE does not answer: %s",
                type(fault).__name__,
            )
