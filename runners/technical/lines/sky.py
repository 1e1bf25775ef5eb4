"""Whether what lies above a line looks like the sky above a horizon."""

from __future__ import annotations

import numpy as np

from framed.photo import Pixels
from runners.technical.lines.line import Horizon
from runners.technical.lines.segments import Segments

_PLACES = 64  # along the line
_DEPTHS = np.concatenate([np.linspace(-0.02, -0.004, 5), np.linspace(0.004, 0.02, 5)])  # widths
_OVER = np.where(_DEPTHS < 0, 0.2, -0.2)  # mean of the upper five less that of the lower
_STEP = 3.0  # grey levels between the two sides
_ALONG = 0.85  # of the places
_WELL_ABOVE = 0.02  # widths
_EMPTY, _NEARLY_EMPTY = 0.5, 0.2  # widths of level segments above, or a share of all
_BUILT = 1.5  # widths of steep segments


def has_sky(line: Horizon, level: Segments, steep: Segments) -> bool:
    """True for a line with next to no lines above it, and few steep ones anywhere.

    Among many steep lines what lies above is a roof.
    """
    return empty_above(line, level) and float(steep.length.sum()) <= _BUILT


def empty_above(line: Horizon, level: Segments) -> bool:
    """True where next to none of the level segments lie above the line."""
    x, y = (level.x0 + level.x1) / 2, (level.y0 + level.y1) / 2
    over = y - line.slope * x - line.height > _WELL_ABOVE
    allowed = max(_EMPTY, _NEARLY_EMPTY * float(level.length.sum()))
    return float(level.length[over].sum()) <= allowed


def parts(line: Horizon, grey: Pixels) -> bool:
    """True for a line with the same side brighter along its whole way across the picture."""
    height, width = grey.shape
    x = (np.arange(_PLACES) + 0.5) / _PLACES
    down = -(line.slope * x + line.height)
    rows = np.rint((down + _DEPTHS[:, None]) * width).astype(int)
    inside = ((rows >= 0) & (rows < height)).all(axis=0)
    sides = grey[rows.clip(0, height - 1), (x * width).astype(int)].astype(np.float64)
    step = _OVER @ sides
    brighter = max(np.count_nonzero(inside & (side > _STEP)) for side in (step, -step))
    return bool(brighter >= _ALONG * _PLACES)
