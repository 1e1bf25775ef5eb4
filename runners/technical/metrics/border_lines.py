"""Where bars, frames and the white of a scan end: straight edges around a picture that fills them.

A side's border is rows of one level (within 8, for JPEG), up to a straight edge beyond which most
of a row is of other levels. A sky fades, the dark of a stage has people before it, and a thing on
white touches its box in a few places: none of them ends so. One side alone may still be a level
horizon under a white sky, so that a side needs others of its colour: the one across at the same
width (bars), the one across and a third (frames), or its neighbour in white (a scanner's bed).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

import cv2
import numpy as np
import numpy.typing as npt

from runners.technical.metrics.edge_lines import has_thin_line

Pixels = npt.NDArray[np.uint8]

_LIKE = 8  # grey levels from the border's own that JPEG and a scanner's light make
_CLOSE = 1  # grey levels more than the border's own pixels stray, and it is picture
_DRIFT = 4  # grey levels by which a border may fade; a sky fades by more before it ends
_BORDER, _PICTURE = 0.97, 0.4  # shares of such pixels in a row: from, and up to
_FILLED = 0.13  # the same up to; things on white fill less of their box
_DARK, _SHARP = (
    40,
    1,
)  # grey level and px: at so sharp an edge of dark bars a scene may be dark, too
_SLANT = 0.03  # of the side; a scan's edge may lean that much
_STRAIGHT = 3  # px that it may lean in bars
_BLURRED = 2  # px; a border's last row is mixed with the picture, and less than two are a line
_SLIP, _PURE = 0.04, 16  # of the side, and grey levels from black or white: a bar on one side alone
_MARGIN = 2  # px into the picture: the resized and compressed edge
_MOSTLY, _ENDS = 0.8, 0.04  # shares of a border with writing that are bare, and of its rows' ends
_BARE = 5  # px between writing and picture
_WIDEST = 0.45  # of the side, each
_LEAST_LEFT = 0.25  # of the area; a wide film within an upright one keeps 0.32
_NESTED = 4  # a mat, a line in it, and bars
_ALIKE = 12  # grey levels between two sides of one border
_LOPSIDED = 0.04  # of the side; two bars are as wide as each other
_WHITE = 225  # grey level of a scanner's bed
_SMALLEST_SIDE = 32  # px of what is left, and of what is looked at


@dataclass(frozen=True)
class Borders:
    """Shares of the width (left, right) and of the height (top, bottom); false where all are 0."""

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0

    def __bool__(self) -> bool:
        return any(astuple(self))

    @property
    def area(self) -> float:
        """Share of the whole that is border."""
        return 1.0 - (1.0 - self.left - self.right) * (1.0 - self.top - self.bottom)

    def within(self, plane: Pixels) -> Pixels:
        """What of a view [h, w, ...] of the same photo is picture, C-contiguous; never empty."""
        if not self:
            return plane
        height, width = plane.shape[:2]
        top = min(height - 1, int(np.ceil(self.top * height)))
        left = min(width - 1, int(np.ceil(self.left * width)))
        low = max(top + 1, int((1.0 - self.bottom) * height))
        right = max(left + 1, int((1.0 - self.right) * width))
        return np.ascontiguousarray(plane[top:low, left:right])


@dataclass(frozen=True)
class _Ground:
    """The grey level of a border, and by how many levels its pixels stray from it."""

    level: float
    stray: float


@dataclass(frozen=True)
class _Edge:
    """One side's border: grey level, width and lean in px, if the picture fills its edge, and if
    there is a subtitle, a station's sign or a note in it."""

    level: float
    width: int
    lean: int
    filled: bool
    written: bool = False


_Box = tuple[int, int, int, int]  # left, top, right, bottom in px of the view


def find_borders(grey: Pixels) -> Borders:
    """The borders of `grey`, uint8 [h, w]; none where too little would be left."""
    height, width = grey.shape
    box: _Box = (0, 0, width, height)
    for _ in range(_NESTED):
        inner = _without_line(grey, box)
        if inner == box:
            inner = _without(grey, box)
        if inner == box:
            break
        box = inner
    left, top, right, bottom = box
    if (right - left) * (bottom - top) < _LEAST_LEFT * grey.size:
        return Borders()
    return Borders(left / width, top / height, (width - right) / width, (height - bottom) / height)


def _without(grey: Pixels, box: _Box) -> _Box:
    """The box within one border, or the same."""
    left, top, right, bottom = box
    if min(right - left, bottom - top) < 2 * _SMALLEST_SIDE:
        return box
    view = grey[top:bottom, left:right]
    sides = (view.T, view, view.T[::-1], view[::-1])  # each with its border on top
    grounds = [_ground(side[0]) for side in sides]
    if not any(grounds):  # nearly every photo ends here
        return box
    edges = _edges(sides, grounds)
    widths = _believed(edges, view.shape)
    return left + widths[0], top + widths[1], right - widths[2], bottom - widths[3]


def _without_line(grey: Pixels, box: _Box) -> _Box:
    """The box within a line of less than a pixel, or the same."""
    left, top, right, bottom = box
    if min(right - left, bottom - top) < _SMALLEST_SIDE + 2 * _MARGIN:
        return box
    view = grey[top:bottom, left:right]
    if not has_thin_line((view.T, view, view.T[::-1], view[::-1])):
        return box
    return left + _MARGIN, top + _MARGIN, right - _MARGIN, bottom - _MARGIN


def _ground(row: Pixels) -> _Ground | None:
    """What a row that is all border is made of, None of another."""
    level = float(np.median(row))
    strays = np.abs(row.astype(np.int16) - level)
    if (strays <= _LIKE).mean() < _BORDER:
        return None
    return _Ground(level, min(_LIKE, float(np.quantile(strays, _BORDER)) + _CLOSE))


def _edges(sides: Sequence[Pixels], grounds: Sequence[_Ground | None]) -> list[_Edge | None]:
    """The border of each side, None where there is none or it does not end at an edge."""
    widths = [_width(side, ground) for side, ground in zip(sides, grounds, strict=True)]
    ends = [(widths[1], widths[3]), (widths[0], widths[2])] * 2
    seen = [side[:, _between(*two, side)] for side, two in zip(sides, ends, strict=True)]
    clean = [_edge(*three) for three in zip(seen, grounds, widths, strict=True)]
    return [
        edge or _written(seen[place], grounds[place], clean[place - 2])
        for place, edge in enumerate(clean)
    ]


def _width(side: Pixels, ground: _Ground | None) -> int:
    """How many rows from the first on are all border, at most just over what is believed."""
    if ground is None:
        return 0
    like = _like(side[: _most(side) + 1], ground.level, _LIKE)
    return int(np.argmax(like < _BORDER)) if like.min() < _BORDER else len(like)


def _between(one: int, other: int, side: Pixels) -> slice:
    """The part of a side's rows that is between the borders of its two neighbours."""
    lean = _lean(side.T)
    ends = [width + lean if width else 0 for width in (one, other)]
    return slice(ends[0], side.shape[1] - ends[1])


def _edge(side: Pixels, ground: _Ground | None, width: int) -> _Edge | None:
    if ground is None or not 1 <= width <= _most(side) or side.shape[1] < _SMALLEST_SIDE:
        return None
    if abs(float(np.median(side[max(0, width - _BLURRED)])) - ground.level) > _DRIFT:
        return None
    lean = _lean(side) if width >= _BLURRED else _SHARP
    like = _like(side[width : width + lean + 3], ground.level, ground.stray)
    inside = like[: lean + 1] <= _PICTURE
    if not inside.any():
        return None
    start = int(np.argmax(inside))
    filled = bool(like[start : start + 3].min() <= _FILLED)
    if not filled and (ground.level > _DARK or start > _SHARP):
        return None
    return _Edge(ground.level, width + start, start, filled)


def _written(side: Pixels, ground: _Ground | None, across: _Edge | None) -> _Edge | None:
    """A border with writing in it, which leaves the ends of its rows and most of it bare.

    Either the border across is as wide, or there are bare rows between the writing and the picture.
    """
    if ground is None or side.shape[1] < _SMALLEST_SIDE:
        return None
    like = _like(side[: _most(side) + 3], ground.level, _LIKE)
    width = int(np.argmax(like <= _PICTURE))
    if width < _BLURRED or like[width : width + 3].min() > _FILLED:
        return None
    bare = like[max(0, width - _BARE) : width - 1] >= _BORDER
    if not (across and abs(across.width - width) <= _STRAIGHT) and not bare.all():
        return None
    end = max(1, round(_ENDS * side.shape[1]))
    ends = np.hstack([side[: width - 1, :end], side[: width - 1, -end:]])
    if like[:width].mean() < _MOSTLY or _like(ends, ground.level, _LIKE).min() < _BORDER:
        return None
    return _Edge(ground.level, width, 0, filled=True, written=True)


def _like(rows: Pixels, level: float, within: float) -> npt.NDArray[np.float64]:
    """Share of each row's pixels that are of the border's level."""
    away = cv2.absdiff(np.ascontiguousarray(rows), np.full(rows.shape, round(level), np.uint8))
    return np.asarray((away <= within).mean(axis=1), np.float64)


def _most(side: Pixels) -> int:
    return int(_WIDEST * len(side))


def _lean(side: Pixels) -> int:
    return max(_STRAIGHT, round(_SLANT * len(side)))


def _believed(edges: list[_Edge | None], shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The widths in px of left, top, right and bottom, with the margin; 0 of no border."""
    believed = set(_bars(edges, shape)) | set(_frames(edges)) | set(_beds(edges))
    believed |= set(_slips(edges, shape))
    left, top, right, bottom = (
        edge.width + _MARGIN if edge and place in believed else 0
        for place, edge in enumerate(edges)
    )
    return left, top, right, bottom


def _bars(edges: list[_Edge | None], shape: tuple[int, ...]) -> Iterator[int]:
    """Two across from each other, equally wide."""
    for place, length in ((0, shape[1]), (1, shape[0])):
        one, other = edges[place], edges[place + 2]
        if one and other and _alike(one, other) and _level_with(one, other, length):
            yield from (place, place + 2)


def _level_with(one: _Edge, other: _Edge, length: int) -> bool:
    if max(one.lean, other.lean) > _STRAIGHT:
        return False
    return abs(one.width - other.width) <= max(_BLURRED, _LOPSIDED * length)


def _frames(edges: list[_Edge | None]) -> Iterator[int]:
    """Three or four of one colour, all filled by the picture, one at most with a note in it."""
    filled = [(place, edge) for place, edge in enumerate(edges) if edge and edge.filled]
    alike = [(place, edge) for place, edge in filled if _alike(filled[0][1], edge)]
    if sum(not edge.written for _, edge in alike) >= 3:
        yield from (place for place, _ in alike)


def _beds(edges: list[_Edge | None]) -> Iterator[int]:
    """Two neighbours in white, filled by the picture."""
    for place in range(4):
        pair = [edges[place], edges[(place + 1) % 4]]
        if all(edge and _is_bed(edge) for edge in pair):
            yield from (place, (place + 1) % 4)


def _slips(edges: list[_Edge | None], shape: tuple[int, ...]) -> Iterator[int]:
    """A narrow one of black or white, as sharp as no horizon: what a sloppy cut leaves."""
    for place, edge in enumerate(edges):
        pure = edge and (edge.level <= _PURE or edge.level >= 255 - _PURE)
        if edge and pure and edge.filled and not edge.written and edge.lean <= _SHARP:
            if edge.width <= max(_BLURRED, _SLIP * shape[1 - place % 2]):
                yield place


def _is_bed(edge: _Edge) -> bool:
    return edge.filled and not edge.written and edge.level >= _WHITE


def _alike(one: _Edge, other: _Edge | None) -> bool:
    return other is not None and abs(one.level - other.level) <= _ALIKE
