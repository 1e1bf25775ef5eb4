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

_WEB = re.compile(r"\s*https?:", re.I)


async def from_source(
    source: str, roots: Sequence[Path], guard: UrlGuard, limit: int
) -> PhotoBytes:
    """The bytes that `source` names, at most `limit` of them; the disk is read in a thread.

    Raises the `FramedError`s of `from_text`, `from_path` and `from_url`.
    """
    if source[: len(DATA_SCHEME)].lower() == DATA_SCHEME:
        return await asyncio.to_thread(from_text, source, limit)
    if _WEB.match(source):
        return await from_url(source, guard, limit)
    return await asyncio.to_thread(from_path, source, roots, limit)
