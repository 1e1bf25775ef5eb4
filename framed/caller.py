"""Who asks: the caller for whom the running task works, and what it may still use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol


class Quota(Protocol):
    """What a caller may use of the service in a time."""

    @property
    def weighs(self) -> bool:
        """Whether megapixels are counted; where not, nobody has to read a header for them."""
        ...

    async def charge(self, photos: int, megapixels: float) -> None:
        """Take it off what is left; raises `FramedError` `rate_limited` if that is too little."""
        ...


class _Free:
    weighs = False

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

    @property
    def weighs(self) -> bool:
        """Whether `charge` counts megapixels."""
        return self.quota.weighs


IN_PROCESS = Caller("in process", scopes=frozenset({"admin"}))

current_caller: ContextVar[Caller] = ContextVar("current_caller", default=IN_PROCESS)
"""The caller of the request that this task belongs to; tasks made by it inherit it."""


@contextmanager
def working_for(caller: Caller) -> Iterator[None]:
    """What is begun in this block is done for `caller`."""
    before = current_caller.set(caller)
    try:
        yield
    finally:
        current_caller.reset(before)
