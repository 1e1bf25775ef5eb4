"""Photos that came as files of a form: read into memory where there is room for them."""

from __future__ import annotations

from starlette.datastructures import UploadFile

from framed.intake.upload import from_part
from framed.photo import PhotoBytes
from framed.routes.place import Place
from framed.size_limit import SizeLimit


async def photo_from(part: UploadFile, place: Place, limit: SizeLimit) -> PhotoBytes:
    """Read one file within `limit`, which the request then holds.

    Raises the `FramedError`s of `from_part`, and `overloaded` where there is no room for long.
    """
    await place.hold(place.total + min(part.size or 0, limit.bytes))
    return await from_part(part, limit)
