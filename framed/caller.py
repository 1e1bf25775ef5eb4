"""Who asks: the caller for whom the running task works, and what it may still use."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol


class Quota(Protocol):
    """What a caller may use of the service in a time."""

    async def charge(self, photos: int, megapixels: float) -> None:
        """Take it off what is left; raises `FramedError` `rate_limited` if that is too little."""
        ...


class _Free:
    async def charge(self, photos: int, megapixels: float) -> None:
        return None


FREE: Quota = _Free()


@dataclass(frozen=True)
class Caller:
    """`name` tells callers apart, in logs, limits and queues: that of the key, else the address.

    `key` is the name of the key that was shown, never its secret; None: none was. `scopes` are
    what the caller may do: `classify`, `reload`, `metrics`, or `admin` for all of it.
    """

    name: str
    key: str | None = None
    scopes: frozenset[str] = frozenset()
    quota: Quota = FREE

    async def charge(self, *, photos: int = 0, megapixels: float = 0.0) -> None:
        """Count what is about to be worked on; raises `FramedError` `rate_limited`."""
        await self.quota.charge(photos, megapixels)


IN_PROCESS = Caller("in process", scopes=frozenset({"admin"}))

current_caller: ContextVar[Caller] = ContextVar("current_caller", default=IN_PROCESS)
"""The caller of the request that this task belongs to; tasks made by it inherit it."""
