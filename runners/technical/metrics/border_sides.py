"""Which of the four sides of a picture have a border: none is believed by itself alone.

One side may still be a level horizon under a white sky, so that a side needs others of its colour:
the one across at the same width (bars), the one across and a third (frames), or its neighbour in
white (a scanner's bed). A narrow slip of pure black or white is no sky.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MARGIN = 2  # px into the picture: the resized and compressed edge
STRAIGHT = 3  # px that the edge of bars may lean
SHARP = 1  # px that an edge leans at which dark bars and a dark scene are told apart
BLURRED = 2  # px; a border's last row is mixed with the picture, and less than two are a line
_ALIKE = 12  # grey levels between two sides of one border
_LOPSIDED = 0.04  # of the side; two bars are as wide as each other
_WHITE = 225  # grey level of a scanner's bed
_SLIP, _PURE = 0.04, 16  # of the side, and grey levels from black or white: a bar on one side alone


@dataclass(frozen=True)
class Edge:
    """One side's border: grey level, width and lean in px, and if the picture fills its edge.

    `written`: a subtitle, a station's sign or a note is in it.
    """

    level: float
    width: int
    lean: int
    filled: bool
    written: bool = False


def believed(edges: list[Edge | None], shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The widths in px of left, top, right and bottom, with the margin; 0 of no border."""
    sides = set(_bars(edges, shape)) | set(_frames(edges)) | set(_beds(edges))
    sides |= set(_slips(edges, shape))
    left, top, right, bottom = (
        edge.width + MARGIN if edge and place in sides else 0 for place, edge in enumerate(edges)
    )
    return left, top, right, bottom


def _bars(edges: list[Edge | None], shape: tuple[int, ...]) -> Iterator[int]:
    """Two across from each other, equally wide."""
    for place, length in ((0, shape[1]), (1, shape[0])):
        one, other = edges[place], edges[place + 2]
        if one and other and _alike(one, other) and _level_with(one, other, length):
            yield from (place, place + 2)


def _level_with(one: Edge, other: Edge, length: int) -> bool:
    if max(one.lean, other.lean) > STRAIGHT:
        return False
    return abs(one.width - other.width) <= max(BLURRED, _LOPSIDED * length)


def _frames(edges: list[Edge | None]) -> Iterator[int]:
    """Three or four of one colour, all filled by the picture, one at most with a note in it."""
    filled = [(place, edge) for place, edge in enumerate(edges) if edge and edge.filled]
    alike = [(place, edge) for place, edge in filled if _alike(filled[0][1], edge)]
    if sum(not edge.written for _, edge in alike) >= 3:
        yield from (place for place, _ in alike)


def _beds(edges: list[Edge | None]) -> Iterator[int]:
    """Two neighbours in white, filled by the picture."""
    for place in range(4):
        pair = [edges[place], edges[(place + 1) % 4]]
        if all(edge and _is_bed(edge) for edge in pair):
            yield from (place, (place + 1) % 4)


def _slips(edges: list[Edge | None], shape: tuple[int, ...]) -> Iterator[int]:
    """A narrow one of black or white, as sharp as no horizon: what a sloppy cut leaves."""
    for place, edge in enumerate(edges):
        if edge and _is_slip(edge, max(BLURRED, _SLIP * shape[1 - place % 2])):
            yield place


def _is_slip(edge: Edge, widest: float) -> bool:
    pure = edge.level <= _PURE or edge.level >= 255 - _PURE
    sharp = edge.filled and not edge.written and edge.lean <= SHARP
    return pure and sharp and edge.width <= widest


def _is_bed(edge: Edge) -> bool:
    return edge.filled and not edge.written and edge.level >= _WHITE


def _alike(one: Edge, other: Edge | None) -> bool:
    return other is not None and abs(one.level - other.level) <= _ALIKE
