"""File names in Unicode's two ways to write a letter with a mark: composed and decomposed.

Systems keep names as they were given, and clients give them as their own system does: a name typed
on one and stored by another is the same text in other bytes.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path


def forms_of(name: str) -> tuple[str, ...]:
    """`name` as it stands, composed (NFC) and decomposed (NFD), each once."""
    if name.isascii():
        return (name,)
    composed, decomposed = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
    return tuple(dict.fromkeys((name, composed, decomposed)))


def as_on_disk(folder: Path, inside: Path) -> Path:
    """`inside` with each part in the first of its forms that is there below `folder`.

    A part of which none is there stays as it stands.
    """
    if str(inside).isascii():  # nearly always, and there is but one form
        return inside
    found = Path()
    for part in inside.parts:
        there = (each for each in forms_of(part) if os.path.lexists(folder / found / each))
        found /= next(there, part)
    return found


def below(path: Path, folder: Path) -> Path | None:
    """The way from `folder` to `path`, both absolute, whatever form either is written in; None
    where it does not lead there."""
    depth = len(folder.parts)
    head, inside = path.parts[:depth], path.parts[depth:]
    same = head == folder.parts or tuple(map(_composed, head)) == tuple(
        map(_composed, folder.parts)
    )
    return Path(*inside) if same else None


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)
