"""Photos that a request names instead of sending them: brought in where there is room for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from framed.photo import PhotoBytes
from framed.routes.context import Context


async def fetched(
    context: Context, most: int, fetch: Callable[[], Awaitable[PhotoBytes]]
) -> PhotoBytes:
    """What `fetch` gives, at most `most` bytes, which the request then holds.

    Raises what `fetch` raises, and `overloaded` where there is no room for long.
    """
    place = context.more_place()
    await place.hold(most)
    photo = await fetch()
    place.shrink(len(photo.data))
    return photo
