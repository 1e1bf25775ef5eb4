"""A photo that came as a file part of a form, or as the whole body."""

from __future__ import annotations

from typing import Literal, Protocol

from framed.intake.declared import refuse_plainly_no_image
from framed.intake.size import check_size
from framed.photo import PhotoBytes
from framed.size_limit import SizeLimit


class FilePart(Protocol):
    """A file of a multipart form, spooled to memory or disk."""

    @property
    def filename(self) -> str | None: ...

    @property
    def content_type(self) -> str | None: ...

    @property
    def size(self) -> int | None: ...

    async def read(self, size: int = -1) -> bytes: ...


async def from_part(part: FilePart, limit: SizeLimit) -> PhotoBytes:
    """Read one uploaded file within `limit`."""
    refuse_plainly_no_image(part.content_type)
    if part.size is not None:
        check_size(part.size, limit)
    data = await part.read(limit.bytes + 1)
    check_size(len(data), limit)
    return PhotoBytes(data, "upload", part.filename)


def from_body(
    data: bytes, declared: str | None, limit: SizeLimit, origin: Literal["body", "inline"] = "body"
) -> PhotoBytes:
    """Take bytes that are the photo itself."""
    refuse_plainly_no_image(declared)
    check_size(len(data), limit)
    return PhotoBytes(data, origin)
