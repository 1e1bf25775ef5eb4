"""File names in Unicode's two ways to write a letter with a mark: composed and decomposed.

Systems keep names as they were given, and clients give them as their own system does: a name typed
on one and stored by another is the same text in other bytes.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

_MOST_LISTED = 20_000  # names of a folder that are looked through


def forms_of(name: str) -> tuple[str, ...]:
    """`name` as it stands, composed (NFC) and decomposed (NFD), each once."""
    if name.isascii():
        return (name,)
    composed, decomposed = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
    return tuple(dict.fromkeys((name, composed, decomposed)))


def as_on_disk(folder: Path, inside: Path) -> Path:
    """`inside` with each part in that of its forms by which all of it is there below `folder`.

    Where folders are there in several forms, a few are tried; a name of mixed forms is sought among
    those of its folder. Where nothing is there, the first parts that are have their forms.
    """
    if str(inside).isascii():  # nearly always, and there is but one form
        return inside
    return next(_ways(folder, inside.parts, _Tries()), None) or _beginning(folder, inside)


@dataclass
class _Tries:
    """What one search may still cost."""

    folders: int = 32
    listings: int = 4


def _ways(folder: Path, parts: Sequence[str], left: _Tries) -> Iterator[Path]:
    """The ways that `parts` lead from `folder` to something, the likeliest first."""
    if not parts:
        yield Path()
        return
    left.folders -= 1
    if left.folders < 0:
        return
    for name in _there(folder, parts[0], left):
        for rest in _ways(folder / name, parts[1:], left):
            yield name / rest


def _there(folder: Path, name: str, left: _Tries) -> Iterator[Path]:
    forms = forms_of(name)
    yield from (Path(form) for form in forms if os.path.lexists(folder / form))
    if name.isascii() or left.listings <= 0:
        return
    left.listings -= 1
    wanted = _composed(name)
    yield from (
        Path(each) for each in _listed(folder) if each not in forms and _composed(each) == wanted
    )


def _listed(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [each.name for each in islice(entries, _MOST_LISTED) if not each.name.isascii()]
    except OSError:
        return []


def _beginning(folder: Path, inside: Path) -> Path:
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
