"""Photos that a request names instead of sending them: brought in where there is room for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from framed.holding import Hold
from framed.photo import PhotoBytes
from framed.routes.context import Context


async def fetched(context: Context, fetch: Callable[[Hold], Awaitable[PhotoBytes]]) -> PhotoBytes:
    """What `fetch` gives, which the request holds from its first byte on.

    Raises what `fetch` raises, and `overloaded` where there is no room for long.
    """
    place = context.more_place()
    size = 0
    try:
        photo = await fetch(place.hold)
        size = len(photo.data)
    finally:
        place.shrink(size)
    return photo
