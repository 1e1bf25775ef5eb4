"""Names and values of a request as messages and log lines repeat them: short, and plain text."""

from __future__ import annotations

import re
from typing import Any

LONGEST = 64  # characters
_NO_TEXT = "\N{REPLACEMENT CHARACTER}"
_CUT = "…"
_DATA_URI = re.compile(r"data:[\w.+-]*/[\w.+-]*(;[\w=.+-]*)*,", re.I)
_BASE64 = re.compile(r"(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/_-]+")


def shown(text: str, most: int = LONGEST) -> str:
    """At most `most` characters of `text`, one more where it is cut; what cannot be printed is
    replaced, and of a data URI only what it says of itself is there. Callers send whole photos
    where a name is expected."""
    head = text[:most]
    if (uri := _DATA_URI.search(head)) is not None:
        head = head[: uri.end()]
    start = "".join(each if each.isprintable() else _NO_TEXT for each in head)
    return start + _CUT if len(text) > len(head) else start


def shown_value(value: Any, most: int) -> str:
    """A value of any kind as `shown`; what is long and may hold photos by its kind and size."""
    if isinstance(value, list | tuple | dict):
        return _shown_list(value, most)
    text = str(value)
    if len(text) > most and _BASE64.fullmatch(text, 0, most):
        return f"{len(text)} characters of base64"
    return shown(text, most)


def _shown_list(value: list[Any] | tuple[Any, ...] | dict[Any, Any], most: int) -> str:
    texts = (each for each in (value.values() if isinstance(value, dict) else value))
    is_short = len(value) <= most and all(len(str(each)) <= most for each in texts)
    if is_short and len(text := str(value)) <= most and not _DATA_URI.search(text):
        return shown(text, most)
    return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
