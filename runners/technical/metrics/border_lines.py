"""Where bars, frames and the white of a scan end: straight edges around a picture that fills them.

A side's border is rows of one level (within 8, for JPEG), up to a straight edge beyond which most
of a row is of other levels. A sky fades, the dark of a stage has people before it, and a thing on
white touches its box in a few places: none of them ends so. Writing in a border leaves most of it
bare, and the ends of its rows. Which sides are believed is the matter of `border_sides`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import cv2
import numpy as np
import numpy.typing as npt

from runners.technical.metrics.border_sides import (
    BLURRED,
    MARGIN,
    SHARP,
    STRAIGHT,
    Edge,
    believed,
)
from runners.technical.metrics.edge_lines import has_thin_line

Pixels = npt.NDArray[np.uint8]

_LIKE = 8  # grey levels from the border's own that JPEG and a scanner's light make
_CLOSE = 1  # grey levels more than the border's own pixels stray, and it is picture
_DRIFT = 4  # grey levels by which a border may fade; a sky fades by more before it ends
_BORDER, _PICTURE = 0.97, 0.4  # shares of such pixels in a row: from, and up to
_FILLED = 0.13  # the same up to; things on white fill less of their box
_DARK = 40  # grey level; at a sharp edge of dark bars a scene may be dark, too
_SLANT = 0.03  # of the side; a scan's edge may lean that much
_MOSTLY, _ENDS = 0.8, 0.04  # shares of a border with writing that are bare, and of its rows' ends
_BARE = 5  # px between writing and picture
_WIDEST = 0.45  # of the side, each
_LEAST_LEFT = 0.25  # of the area; a wide film within an upright one keeps 0.32
_NESTED = 4  # a mat, a line in it, and bars
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
    widths = believed(edges, view.shape)
    return left + widths[0], top + widths[1], right - widths[2], bottom - widths[3]


def _without_line(grey: Pixels, box: _Box) -> _Box:
    """The box within a line of less than a pixel, or the same."""
    left, top, right, bottom = box
    if min(right - left, bottom - top) < _SMALLEST_SIDE + 2 * MARGIN:
        return box
    view = grey[top:bottom, left:right]
    if not has_thin_line((view.T, view, view.T[::-1], view[::-1])):
        return box
    return left + MARGIN, top + MARGIN, right - MARGIN, bottom - MARGIN


def _ground(row: Pixels) -> _Ground | None:
    """What a row that is all border is made of, None of another."""
    level = float(np.median(row))
    strays = np.abs(row.astype(np.int16) - level)
    if (strays <= _LIKE).mean() < _BORDER:
        return None
    return _Ground(level, min(_LIKE, float(np.quantile(strays, _BORDER)) + _CLOSE))


def _edges(sides: Sequence[Pixels], grounds: Sequence[_Ground | None]) -> list[Edge | None]:
    """The border of each side, None where there is none or it does not end at an edge."""
    widths = [_width(side, ground) for side, ground in zip(sides, grounds, strict=True)]
    ends = [(widths[1], widths[3]), (widths[0], widths[2])] * 2
    seen = [side[:, _between(*two, side)] for side, two in zip(sides, ends, strict=True)]
    clean = [_edge(*three) for three in zip(seen, grounds, widths, strict=True)]
    return [
        edge
        if edge and edge.lean <= STRAIGHT
        else _written(seen[place], grounds[place], clean[place - 2]) or edge
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


def _edge(side: Pixels, ground: _Ground | None, width: int) -> Edge | None:
    if ground is None or not 1 <= width <= _most(side) or side.shape[1] < _SMALLEST_SIDE:
        return None
    if abs(float(np.median(side[max(0, width - BLURRED)])) - ground.level) > _DRIFT:
        return None
    lean = _lean(side) if width >= BLURRED else SHARP
    like = _like(side[width : width + lean + 3], ground.level, ground.stray)
    inside = like[: lean + 1] <= _PICTURE
    if not inside.any():
        return None
    start = int(np.argmax(inside))
    filled = bool(like[start : start + 3].min() <= _FILLED)
    if not filled and (ground.level > _DARK or start > SHARP):
        return None
    return Edge(ground.level, width + start, start, filled)


def _written(side: Pixels, ground: _Ground | None, across: Edge | None) -> Edge | None:
    """A border with writing in it, which leaves the ends of its rows and most of it bare.

    Either the border across is as wide, or there are bare rows between the writing and the picture.
    """
    if ground is None or side.shape[1] < _SMALLEST_SIDE:
        return None
    like = _like(side[: _most(side) + 3], ground.level, _LIKE)
    width = int(np.argmax(like <= _PICTURE))
    if width < BLURRED or like[width : width + 3].min() > _FILLED:
        return None
    bare = like[max(0, width - _BARE) : width - 1] >= _BORDER
    if not (across and abs(across.width - width) <= STRAIGHT) and not bare.all():
        return None
    end = max(1, round(_ENDS * side.shape[1]))
    ends = np.hstack([side[: width - 1, :end], side[: width - 1, -end:]])
    if like[:width].mean() < _MOSTLY or _like(ends, ground.level, _LIKE).min() < _BORDER:
        return None
    return Edge(ground.level, width, 0, filled=True, written=True)


def _like(rows: Pixels, level: float, within: float) -> npt.NDArray[np.float64]:
    """Share of each row's pixels that are of the border's level."""
    away = cv2.absdiff(np.ascontiguousarray(rows), np.full(rows.shape, round(level), np.uint8))
    return np.asarray((away <= within).mean(axis=1), np.float64)


def _most(side: Pixels) -> int:
    return int(_WIDEST * len(side))


def _lean(side: Pixels) -> int:
    return max(STRAIGHT, round(_SLANT * len(side)))
