"""Settings that are none: names under `FRAMED_` that nothing reads."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

PREFIX = "FRAMED_"
RUN_ID = "FRAMED_RUN_ID"  # one server run: set by its first process, inherited by the others


def unknown_among(given: Iterable[str], fields: Iterable[str]) -> dict[str, str | None]:
    """Those of the names `given` that begin as ours and are none of `fields` -> the nearest name
    that is one, if any is near."""
    known = {field.upper() for field in fields}
    ours = {name for name in map(str.upper, given) if name.startswith(PREFIX)}
    strange = sorted(ours - {PREFIX + name for name in known} - {RUN_ID})
    return {name: _nearest(name, known) for name in strange}


def _nearest(name: str, known: Iterable[str]) -> str | None:
    # compared without what all have in common
    near = get_close_matches(name.removeprefix(PREFIX), known, n=1)
    return PREFIX + near[0] if near else None
