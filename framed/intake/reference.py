"""A photo as foreign APIs name it in JSON: the photo itself as text, or a web address.

A path is neither: no file is ever opened for such a text.
"""

from __future__ import annotations

import asyncio
import re

from framed.holding import Hold, held_already
from framed.intake.guard import UrlGuard
from framed.intake.inline import from_text
from framed.intake.url import from_url
from framed.photo import PhotoBytes
from framed.size_limit import SizeLimit

_ADDRESS = re.compile(r"\s*[a-z][a-z0-9+.-]{0,20}://", re.I)


async def from_reference(
    text: str, guard: UrlGuard, limit: SizeLimit, hold: Hold = held_already
) -> PhotoBytes:
    """The bytes of a data URI, of bare base64, or of what lies at a web address that may be asked.

    `hold` is asked for what is fetched. Raises what it, `from_text` and `from_url` raise, and
    `too_large` above `limit`.
    """
    if is_address(text):
        return await from_url(text, guard, limit, hold)
    return await asyncio.to_thread(from_text, text, limit)


def is_address(text: str) -> bool:
    """Whether `text` names a photo on the web, rather than being one."""
    return _ADDRESS.match(text) is not None
