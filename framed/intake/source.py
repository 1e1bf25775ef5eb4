"""A photo named by text: a path below the allowed folders, or the photo itself as data URI."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from framed.intake.inline import DATA_SCHEME, from_text
from framed.intake.path import from_path
from framed.photo import PhotoBytes


def from_source(source: str, roots: Sequence[Path], limit: int) -> PhotoBytes:
    """The bytes that `source` names, at most `limit` of them; reads a disk, not for an event loop.

    Raises the `FramedError`s of `from_text` and `from_path`.
    """
    if source[: len(DATA_SCHEME)].lower() == DATA_SCHEME:
        return from_text(source, limit)
    return from_path(source, roots, limit)
