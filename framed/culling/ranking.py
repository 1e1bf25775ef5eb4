"""The photos of a group, from the best on, and why each stands where it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from framed.culling.bursts import Burst
from framed.culling.copies import Copies
from framed.culling.gathering import Group
from framed.culling.shot import Kind, Shot


@dataclass(frozen=True)
class Ranked:
    """A photo of a group in its place.

    `kind`: `burst` for another shot of the scene, `copy` for a copy of a shot that stands before
    it, None for the best.
    """

    shot: Shot
    kind: Kind | None
    why: str


def ranked(group: Group) -> list[Ranked]:
    """The best copy of each picture, from the best shot on; then the other copies, likewise.

    So the first few are the shots to choose from, be a copy of the best better than some of them;
    what is left are their copies.
    """
    every = [Copies(picture.copies) for picture in group.pictures]
    pictures = {copies.originals_first[0].index: copies for copies in every}
    burst = Burst([copies.originals_first[0] for copies in every])
    shots = burst.best_first
    firsts = [Ranked(shots[0], None, _why_first(burst, pictures[shots[0].index].originals_first))]
    firsts += [Ranked(shot, "burst", burst.why_behind(shot)) for shot in shots[1:]]
    return firsts + [
        copy
        for rank, shot in enumerate(shots, start=1)
        for copy in _copies(pictures[shot.index], f"the shot at rank {rank}" if rank > 1 else "")
    ]


def _why_first(burst: Burst, copies: list[Shot]) -> str:
    if len(burst.best_first) > 1:
        return burst.why_best()
    if len(copies) == 1:
        return "nothing in this batch shows the same"
    width, height = copies[0].size
    return f"the original: {width} x {height} pixels, of {len(copies)} that are one picture"


def _copies(copies: Copies, of: str) -> Iterator[Ranked]:
    for copy in copies.originals_first[1:]:
        yield Ranked(copy, "copy", copies.why(copy, of))
