"""What else in the picture says of a line: whether it is level in the world, or only runs away."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from runners.technical.metrics.horizon_line import Horizon
from runners.technical.metrics.horizon_pencil import Directions, Pencil, pencil_of
from runners.technical.metrics.horizon_segments import Segments
from runners.technical.metrics.horizon_sky import empty_above, has_sky
from runners.technical.metrics.picture import Pixels

_LEVEL = 0.5  # degrees
_TILTED, _TILTED_FAR = 1.0, 4.0  # degrees

# uprights decide where there are enough, known well enough
_MOST_LEANING = 30.0  # degrees from upright that a segment is taken for one
_UPRIGHTS, _UPRIGHT_LENGTH, _UPRIGHT_SHARE = 4, 0.3, 0.3
_MOST_LEANING_TOGETHER, _MOST_DOUBT = 20.0, 0.5  # degrees
_SAME, _NEARLY_SAME = 1.0, 2.5  # degrees between line and uprights
_UNANIMOUS, _FEW = 0.7, 8  # share of the steep length; count

# level segments that run to a point
_CONVERGED_SHARE, _CONVERGED_SPREAD = 0.5, 1.3  # degrees

# a surface of lines, above the line as well as below it
_SURFACE_SHARE, _CROSSING = 0.6, 0.1
_BUILT = 0.5
_SPARSE = 3.0
_ROWS, _ROWS_SHARE = 12, 0.85

Witness = Literal["line", "verticals", "converging"]


class Verdict(NamedTuple):
    """Whether the line may be told, and which witness decided."""

    holds: bool
    witness: Witness


def judged(line: Horizon, level: Segments, steep: Segments, grey: Pixels) -> Verdict:
    """Whether a line is a horizon, by all segments of its picture uint8 [h, w].

    Uprights decide where there are any. Without them a line with the sky above it holds, and one
    of a family that runs to a vanishing point, or a tilted one of a surface, does not.
    """
    uprights = pencil_of(_uprights(steep, grey))
    sky = has_sky(line, level, steep, grey)
    if uprights and _sure(uprights) and not (sky and _few(uprights)):
        return Verdict(_agree(line, uprights), "verticals")
    family = None if sky else pencil_of(_levels(level, grey))
    if family and (_converged(family) or _askew(line, family, level, steep)):
        return Verdict(False, "converging")
    return Verdict(True, "line")


def _sure(uprights: Pencil) -> bool:
    enough = uprights.count >= _UPRIGHTS and uprights.length >= _UPRIGHT_LENGTH
    certain = uprights.share >= _UPRIGHT_SHARE and uprights.doubt <= _MOST_DOUBT
    return enough and certain and abs(uprights.degrees) <= _MOST_LEANING_TOGETHER


def _few(uprights: Pencil) -> bool:
    """Masts and people before the sea lean as they like."""
    return uprights.count < _FEW and uprights.share < _UNANIMOUS


def _agree(line: Horizon, uprights: Pencil) -> bool:
    """A level line may differ more where the uprights are not at one: it turns nothing."""
    lenient = abs(line.degrees) < _LEVEL and uprights.share < _UNANIMOUS
    tilt = -uprights.degrees  # what leans to the right has its right side low
    return abs(tilt - line.degrees) <= (_NEARLY_SAME if lenient else _SAME)


def _converged(family: Pencil) -> bool:
    return family.share >= _CONVERGED_SHARE and family.spread >= _CONVERGED_SPREAD


def _askew(line: Horizon, family: Pencil, level: Segments, steep: Segments) -> bool:
    """A tilt of nearly parallel lines with nothing upright: a floor, keys, steps seen askew."""
    if abs(line.degrees) <= _TILTED or empty_above(line, level):
        return False
    if abs(line.degrees) > _TILTED_FAR and steep.length.sum() > _BUILT * level.length.sum():
        return True
    rows = family.count >= _ROWS and family.share >= _ROWS_SHARE
    bare = steep.length.sum() <= _CROSSING and level.length.sum() > _SPARSE
    return rows or (family.share >= _SURFACE_SHARE and not bare)


def _levels(level: Segments, grey: Pixels) -> Directions:
    return _directions(level, grey, np.argsort(-level.length, kind="stable"))


def _uprights(steep: Segments, grey: Pixels) -> Directions:
    """With x and y changed: slopes are those against the upright, to the right."""
    upright = steep.where(np.abs(steep.degrees) >= 90 - _MOST_LEANING)
    x, y, dx, dy, length = _directions(upright, grey, np.argsort(-upright.length, kind="stable"))
    up = np.where(dy < 0, -1.0, 1.0)
    return Directions(y, x, dy * up, dx * up, length)


def _directions(segments: Segments, grey: Pixels, order: np.ndarray) -> Directions:
    x0, y0, x1, y1, length, _ = (values[order] for values in segments)
    middle = grey.shape[0] / grey.shape[1] / 2
    return Directions(
        (x0 + x1) / 2 - 0.5, (y0 + y1) / 2 + middle, (x1 - x0) / length, (y1 - y0) / length, length
    )
