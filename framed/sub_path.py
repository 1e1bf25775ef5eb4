"""The path below which a proxy serves Framed, as in https://photos.example.org/framed/docs."""

from __future__ import annotations

import re
from collections.abc import Container

_LONGEST = 200
_PLAIN = re.compile(r"(/[A-Za-z0-9_.~-]+)+")
_DOTS = re.compile(r"/\.\.?(/|$)")


def sub_path_of(text: str) -> str | None:
    """`text` as it begins each path, `/framed`; empty for none, None for what cannot be one.

    It stands in pages and links: nothing but letters, digits and `_.~-` between slashes.
    """
    text = text.strip().rstrip("/")
    fits = len(text) <= _LONGEST and _PLAIN.fullmatch(text) and not _DOTS.search(text)
    return text if fits or not text else None


def without(path: str, sub_path: str, known: Container[str] = ()) -> str:
    """`path` as Framed knows it: a proxy takes the sub-path away before it passes it on, or not.

    One of the `known` paths stays what it is, though it begins as the sub-path does.
    """
    if path in known:
        return path
    if path == sub_path != "":
        return "/"
    return path.removeprefix(sub_path) if path.startswith(f"{sub_path}/") else path
