"""The photos of a group, from the best on, and why each stands where it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from framed.culling.bursts import Burst
from framed.culling.copies import originals_first, why_copy
from framed.culling.gathering import Group
from framed.culling.shot import Kind, Shot


@dataclass(frozen=True)
class Ranked:
    """A photo of a group in its place; `kind` is what it is to the best, None for the best."""

    shot: Shot
    kind: Kind | None
    why: str


def ranked(group: Group) -> list[Ranked]:
    """The best copy of each picture, from the best shot on; then the other copies, likewise.

    So the first few are the shots to choose from, and what is left are their copies.
    """
    ordered = (originals_first(picture.copies) for picture in group.pictures)
    pictures = {copies[0].index: copies for copies in ordered}
    burst = Burst([copies[0] for copies in pictures.values()])
    shots = burst.best_first
    firsts = [Ranked(shots[0], None, _why_first(burst, pictures[shots[0].index]))]
    firsts += [Ranked(shot, "burst", burst.why_behind(shot)) for shot in shots[1:]]
    return firsts + [
        copy for shot in shots for copy in _copies(pictures[shot.index], of_best=shot is shots[0])
    ]


def _why_first(burst: Burst, copies: list[Shot]) -> str:
    if len(burst.best_first) > 1:
        return burst.why_best()
    if len(copies) == 1:
        return "nothing in this batch shows the same"
    width, height = copies[0].size
    return f"the original: {width} x {height} pixels, of {len(copies)} that are one picture"


def _copies(copies: list[Shot], *, of_best: bool) -> Iterator[Ranked]:
    original, *others = copies
    for copy in others:
        yield Ranked(copy, "copy" if of_best else "burst", why_copy(original, copy, copies))
