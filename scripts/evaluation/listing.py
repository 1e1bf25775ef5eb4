"""A labelled list: one JSON line a photo, read and checked before anything is encoded.

A line is {"photo", "labels", "core"?, "group"?, "unknown"?}: the labels that may be said of the
photo, those of them that name what it is of, the one plain subject it shows, and labels that
nobody has judged. `file` stands for `photo` too. A list of words is {"photo", "word"} a line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framed.calibrating.listing import ListError, json_lines, labels_of, photo_of, text_of


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo by its name in the photo folder, and what may be said of it.

    `core` is part of `labels`; `unknown` labels count neither for nor against a model.
    """

    photo: str
    labels: frozenset[str]
    core: frozenset[str] = frozenset()
    group: str | None = None
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True)
class NamedPhoto:
    """A photo and the one noun that it shows."""

    photo: str
    word: str


def read_photos(path: Path, bank: Sequence[str]) -> list[LabelledPhoto]:
    """The labelled photos of `path`; raises `ListError` for labels that are not of `bank`."""
    known = frozenset(bank)
    return [_labelled(line, known, where) for where, line in json_lines(path)]


def read_words(path: Path) -> list[NamedPhoto]:
    """The photos of `path` and their nouns; raises `ListError`."""
    return [
        NamedPhoto(photo_of(line, where), text_of(line, "word", where))
        for where, line in json_lines(path)
    ]


def _labelled(line: Mapping[str, Any], known: frozenset[str], where: str) -> LabelledPhoto:
    labels, core = labels_of(line, "labels", where), labels_of(line, "core", where)
    unknown = labels_of(line, "unknown", where)
    if strange := sorted((labels | core | unknown) - known):
        raise ListError(f"{where}: not in the label bank: {', '.join(strange)}.")
    if not labels:
        raise ListError(f"{where}: `labels` must name at least one label.")
    group = line.get("group")
    return LabelledPhoto(
        photo_of(line, where),
        labels | core,
        core,
        str(group) if group else None,
        unknown - labels - core,
    )
