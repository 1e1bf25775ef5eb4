"""Photos that came as files of a form: read into memory where there is room for them."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import UploadFile

from framed.intake.upload import from_part
from framed.photo import PhotoBytes
from framed.routes.place import Place


async def photo_from(part: UploadFile, place: Place, limit: int) -> PhotoBytes:
    """Read one file of at most `limit` bytes, which the request then holds.

    Raises the `FramedError`s of `from_part`, and `overloaded` where there is no room for long.
    """
    await hold_largest([part], place, limit, most=1)
    return await from_part(part, limit)


async def hold_largest(parts: Sequence[UploadFile], place: Place, limit: int, most: int) -> None:
    """Hold what the `most` largest of `parts` take where they are read at the same time."""
    sizes = sorted((min(part.size or 0, limit) for part in parts), reverse=True)
    await place.hold(place.total + sum(sizes[:most]))
