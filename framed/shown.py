"""Names and values of a request as messages and log lines repeat them: short, and plain text."""

from __future__ import annotations

LONGEST = 64  # characters
_NO_TEXT = "\N{REPLACEMENT CHARACTER}"
_CUT = "…"


def shown(text: str, most: int = LONGEST) -> str:
    """At most `most` characters of `text`, one more where it is cut; what cannot be printed is
    replaced. Callers send whole photos where a name is expected."""
    start = "".join(each if each.isprintable() else _NO_TEXT for each in text[:most])
    return start + _CUT if len(text) > most else start
