"""A photo named by text: the photo itself as data URI, a path below the allowed folders, or a web
address where those are allowed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from framed.intake.guard import UrlGuard
from framed.intake.inline import DATA_SCHEME, from_text
from framed.intake.path import from_path
from framed.intake.url import from_url
from framed.photo import PhotoBytes
from framed.size_limit import PhotoLimits

_WEB = re.compile(r"\s*https?:", re.I)


async def from_source(
    source: str, roots: Sequence[Path], guard: UrlGuard, limits: PhotoLimits
) -> PhotoBytes:
    """The bytes that `source` names; what is fetched is within the limit of a single photo. The
    disk is read in a thread.

    Raises the `FramedError`s of `from_text`, `from_path` and `from_url`.
    """
    if source[: len(DATA_SCHEME)].lower() == DATA_SCHEME:
        return await asyncio.to_thread(from_text, source, limits.batch)
    if _WEB.match(source):
        return await from_url(source, guard, limits.single)
    return await asyncio.to_thread(from_path, source, roots, limits.batch)


def most_bytes(source: str, limits: PhotoLimits) -> int:
    """How many bytes `from_source` may bring into memory, before anything is read."""
    if source[: len(DATA_SCHEME)].lower() == DATA_SCHEME:
        return min(len(source) * 3 // 4, limits.batch.bytes)
    return (limits.single if _WEB.match(source) else limits.batch).bytes
