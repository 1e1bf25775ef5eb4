"""A photo named by text: the photo itself as data URI, a path below the allowed folders, or a web
address where those are allowed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from framed.holding import Hold, held_already
from framed.intake.guard import UrlGuard
from framed.intake.inline import DATA_SCHEME, from_text
from framed.intake.path import read_path
from framed.intake.url import from_url
from framed.photo import PhotoBytes
from framed.size_limit import PhotoLimits

_WEB = re.compile(r"\s*https?:", re.I)


async def from_source(
    source: str,
    roots: Sequence[Path],
    guard: UrlGuard,
    limits: PhotoLimits,
    hold: Hold = held_already,
) -> PhotoBytes:
    """The bytes that `source` names; what is fetched is within the limit of a single photo. `hold`
    is asked for room as its size shows. The disk is read in a thread.

    Raises the `FramedError`s of `hold`, `from_text`, `from_path` and `from_url`.
    """
    if source[: len(DATA_SCHEME)].lower() == DATA_SCHEME:
        await hold(min(len(source) * 3 // 4, limits.batch.bytes))
        return await asyncio.to_thread(from_text, source, limits.batch)
    if _WEB.match(source):
        return await from_url(source, guard, limits.single, hold)
    return await read_path(source, roots, limits.batch, hold)
