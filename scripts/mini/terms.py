"""Under which terms the material is used: which of it allows any use, by source or by photo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ANY_USE_SOURCES: Mapping[str, str] = {
    "caltech101": "CC BY 4.0 (Li, Andreeto, Ranzato, Perona; CaltechDATA)",
    "daynight": "MIT (Udacity)",
    "rest": "MIT",
    "drawn": "our own",
}
UNCLEAR = "research only, a site's own licence, mixed, or not stated"
_Kinds = tuple[tuple[tuple[str, ...], str], ...]
_FREE: _Kinds = (  # how terms begin that allow any use with at most attribution
    (("CC BY ",), "CC BY"),
    (("CC0", "public domain", "no known copyright"), "CC0, public domain, no known restrictions"),
    (("MIT", "Apache-2.0"), "MIT, Apache-2.0"),
)
_BOUND: _Kinds = (
    (("CC BY-SA", "share-alike"), "share-alike (CC BY-SA and the like)"),
    (("CC BY-NC",), "non-commercial (CC BY-NC and stricter)"),
    (("CC BY-ND",), "no derivatives (CC BY-ND)"),
)
_COCO_LICENCES: Mapping[int, str] = {
    4: "CC BY 2.0",
    5: "CC BY-SA 2.0",
    7: "no known copyright restrictions",
    8: "public domain (United States government)",
}


def terms_of(row: Mapping[str, Any]) -> str:
    """The terms of one photo as far as they are known; "research or unstated" otherwise."""
    if given := row.get("terms"):
        return str(given)
    if row.get("licence_id") in _COCO_LICENCES:
        return _COCO_LICENCES[int(row["licence_id"])]
    return ANY_USE_SOURCES.get(str(row["source"]), "research or unstated")


def allows_any_use(row: Mapping[str, Any]) -> bool:
    """Whether a photo's terms allow any use with at most attribution (share-alike is not that)."""
    return row["source"] in ANY_USE_SOURCES or is_free(terms_of(row))


def is_free(terms: str) -> bool:
    """Whether `terms` allow any use with at most attribution."""
    return any(terms.startswith(starts) for starts, _ in _FREE)


def kind_of(terms: str) -> str:
    """Which of a few kinds some `terms` are of, for a table."""
    fits = (kind for starts, kind in (*_FREE, *_BOUND) if terms.startswith(starts))
    return next(fits, UNCLEAR)
