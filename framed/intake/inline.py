"""A photo written into JSON: base64, bare or as a data URI, line breaks allowed."""

from __future__ import annotations

import binascii
import re

from framed.errors import Code, FramedError
from framed.intake.upload import from_body
from framed.photo import PhotoBytes
from framed.size_limit import SizeLimit

_DATA_URI = re.compile(r"\s*data:(?P<type>[^,;]*)(?:;[^,;]*)*?(?P<base64>;base64)?,", re.I)
_SPACE = re.compile(r"[ \t\r\n]+")
DATA_SCHEME = "data:"
_LONGEST_HEAD = 1024  # of a data URI: megabytes of ";" would cost gigabytes to match


def from_text(text: str, limit: SizeLimit) -> PhotoBytes:
    """Decode base64 text of a photo within `limit`.

    Raises `invalid_base64` for anything that is not base64, a URL or path included: it is never
    fetched and never opened.
    """
    declared, start = _head(text)
    try:
        data = binascii.a2b_base64(_encoded(text, start), strict_mode=True)
    except (binascii.Error, ValueError):
        raise FramedError(
            Code.INVALID_BASE64,
            "The image is not valid base64; send the file's bytes as base64 or as a data URI.",
        ) from None
    return from_body(data, declared, limit, "inline")


def _encoded(text: str, start: int) -> bytes | memoryview:
    """The base64 from `start` on, copied once: it may be megabytes."""
    encoded = text.encode("ascii")
    if _SPACE.search(text, start):
        return encoded[start:].translate(None, b" \t\r\n")
    return memoryview(encoded)[start:]


def _head(text: str) -> tuple[str | None, int]:
    """The type that a data URI declares, and where its base64 begins."""
    if not text[:64].lstrip().lower().startswith(DATA_SCHEME):
        return None, 0
    head = _DATA_URI.match(text[:_LONGEST_HEAD])
    if head is None or head["base64"] is None:
        raise FramedError(
            Code.INVALID_BASE64, "The data URI is not base64; write data:image/…;base64,…"
        )
    return head["type"], head.end()
