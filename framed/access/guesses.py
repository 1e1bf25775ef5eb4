"""Wrong keys, counted by the address that they come from."""

from __future__ import annotations

import time
from collections import OrderedDict

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

WRONG_A_MINUTE = 20
REMEMBERED = 10_000  # pairs of address and key that were good together
REMEMBERED_SECONDS = 3600.0


class Guesses:
    """After `most` wrong keys in a minute an address is not told whether the next one is right.

    Else a guess would be as good as before: the right one would still stand out. A key that was
    good from this address in the last hour stays so: who shares the address is not locked out.
    """

    def __init__(self, most: int = WRONG_A_MINUTE) -> None:
        self._item = RateLimitItemPerMinute(most)
        self._wrong = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._good: OrderedDict[tuple[str, str], float] = OrderedDict()

    async def too_many(self, address: str) -> bool:
        """Whether this address has used up its wrong keys."""
        return not await self._wrong.test(self._item, address)

    async def count(self, address: str) -> None:
        """One more wrong key from there."""
        await self._wrong.hit(self._item, address)

    def is_known(self, address: str, key: str) -> bool:
        """Whether `key` was good from there a short while ago."""
        return self._good.get((address, key), 0.0) > time.monotonic()

    def remember(self, address: str, key: str) -> None:
        """`key` was good from there."""
        self._good[address, key] = time.monotonic() + REMEMBERED_SECONDS
        self._good.move_to_end((address, key))
        if len(self._good) > REMEMBERED:
            self._good.popitem(last=False)
