"""How much one key, or one address, may ask for in a minute.

Counted in a sliding window of two counters: no double share around the turn of a minute, and the
same small memory for a caller however much is asked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from math import ceil, floor

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from framed.access.rate_store import Patience, storage_of
from framed.caller import FREE, Quota
from framed.errors import Code, FramedError
from framed.settings import Settings

MINUTE = 60
REQUESTS, PHOTOS, MEGAPIXELS = "requests", "photos", "megapixels"
PARTS = {REQUESTS: 1, PHOTOS: 1, MEGAPIXELS: 1000}  # what is counted is whole
Field = tuple[bytes, bytes]


@dataclass(frozen=True)
class Window:
    """The two counters: what was used in the minute before this one, the seconds that it counts
    for still, what was used in this one, the seconds until it ends."""

    before: int
    before_left: float
    now: int
    left: float

    @property
    def used(self) -> float:
        """What counts at this moment."""
        return self.before * self.before_left / MINUTE + self.now

    def wait(self, cost: int, amount: int) -> int:
        """Whole seconds until `cost` fits into `amount`, if nothing else is asked for meanwhile."""
        too_much = floor(self.used) + cost - amount
        if too_much <= self.before * self.before_left / MINUTE:
            return max(1, ceil(too_much * MINUTE / self.before)) if self.before else 1
        after = self.now + cost - amount
        return max(1, ceil(self.left + max(0, after) * MINUTE / max(1, self.now)))


class Rates:
    """Counts requests, photos and megapixels by name, as far as the settings limit them."""

    def __init__(self, settings: Settings) -> None:
        asked = {
            REQUESTS: settings.rate_requests,
            PHOTOS: settings.rate_photos,
            MEGAPIXELS: settings.rate_megapixels,
        }
        self._amounts = {what: amount for what, amount in asked.items() if amount}
        self._items: dict[str, RateLimitItem] = {
            what: RateLimitItemPerMinute(amount * PARTS[what], namespace=what)
            for what, amount in self._amounts.items()
        }
        self._patience = Patience()
        if self._items:
            self._storage = storage_of(settings.rate_store)
            self._limiter = SlidingWindowCounterRateLimiter(self._storage)

    @property
    def weighs(self) -> bool:
        """Whether megapixels are counted."""
        return MEGAPIXELS in self._items

    def quota(self, name: str) -> Quota:
        """What the caller of this name may still work with."""
        worth = {PHOTOS, MEGAPIXELS} & self._items.keys()
        return _Share(self, name) if worth else FREE

    async def take(self, name: str, what: str, much: float) -> None:
        """Count `much` of `what`; raises `rate_limited` where it is more than is left.

        What is more than a whole minute's share takes all of it.
        """
        item = self._items.get(what)
        cost = round(much * PARTS[what])
        if item is None or cost <= 0:
            return
        cost = min(cost, item.amount)
        hit = partial(self._limiter.hit, item, name, cost=cost)
        if not await self._patience.ask(hit, True):
            raise await self._refusal(name, what, cost)

    async def fields(self, name: str) -> list[Field]:
        """The header fields that tell the caller what is left (draft-ietf-httpapi-ratelimit-headers
        from -08 on: two fields, a member a policy)."""
        windows = await asyncio.gather(*(self._window(name, what) for what in self._items))
        policies = ", ".join(
            f'"{what}";q={amount};w={MINUTE}' for what, amount in self._amounts.items()
        )
        shares = ", ".join(
            f'"{what}";r={self._left(what, window)};t={self._wait(what, window)}'
            for what, window in zip(self._items, windows, strict=True)
        )
        if not policies:
            return []
        return [(b"ratelimit-policy", policies.encode()), (b"ratelimit", shares.encode())]

    def _left(self, what: str, window: Window) -> int:
        return max(0, self._items[what].amount - floor(window.used)) // PARTS[what]

    def _wait(self, what: str, window: Window) -> int:
        """Seconds until one more fits; where one does, until this minute ends."""
        if self._left(what, window):
            return max(1, ceil(window.left))
        return window.wait(PARTS[what], self._items[what].amount)

    async def _window(self, name: str, what: str) -> Window:
        look = partial(self._storage.get_sliding_window, self._items[what].key_for(name), MINUTE)
        before, before_left, now, expires = await self._patience.ask(look, (0, 0.0, 0, 0.0))
        return Window(before, before_left, now, max(0.0, expires - MINUTE))

    async def _refusal(self, name: str, what: str, cost: int) -> FramedError:
        window = await self._window(name, what)
        wait = min(2 * MINUTE, window.wait(cost, self._items[what].amount))
        return FramedError(
            Code.RATE_LIMITED,
            f"More than {self._amounts[what]} {what} a minute were asked for; try again in "
            f"{wait} seconds.",
            details={"limit": what, "per_minute": self._amounts[what]},
            retry_after=wait,
        )


@dataclass(frozen=True)
class _Share:
    """One caller's share, as the answers charge it."""

    rates: Rates
    name: str

    @property
    def weighs(self) -> bool:
        return self.rates.weighs

    async def charge(self, photos: int, megapixels: float) -> None:
        await self.rates.take(self.name, PHOTOS, photos)
        await self.rates.take(self.name, MEGAPIXELS, megapixels)
