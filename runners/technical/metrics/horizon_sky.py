"""Whether what lies above a line looks like the sky above a horizon."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from runners.technical.metrics.horizon_line import Horizon
from runners.technical.metrics.horizon_segments import Segments
from runners.technical.metrics.picture import Pixels

_PLACES = 64  # along the line
_DEPTHS = np.linspace(0.004, 0.02, 5)  # widths above and below it
_STEP = 3.0  # grey levels between the two sides
_ALONG = 0.85  # of the places
_WELL_ABOVE = 0.02  # widths
_EMPTY, _NEARLY_EMPTY = 0.5, 0.2  # widths of level segments above, or a share of all
_CROSSED = 1.5  # widths of steep segments: a built scene

Floats = npt.NDArray[np.float64]


def empty_above(line: Horizon, level: Segments) -> bool:
    """True where next to no level segments lie above the line."""
    above = float(level.length[_over(line, level) > _WELL_ABOVE].sum())
    return above <= max(_EMPTY, _NEARLY_EMPTY * float(level.length.sum()))


def has_sky(line: Horizon, level: Segments, steep: Segments, grey: Pixels) -> bool:
    """True where the line parts two greys along its whole way, with next to no lines above it."""
    if not empty_above(line, level) or steep.length.sum() > _CROSSED:
        return False
    return _parted(line, grey) >= _ALONG


def _over(line: Horizon, level: Segments) -> Floats:
    x, y = (level.x0 + level.x1) / 2, (level.y0 + level.y1) / 2
    return np.asarray(y - line.slope * x - line.height)


def _parted(line: Horizon, grey: Pixels) -> float:
    """Share of the places along the line where one side is brighter, the same in all."""
    height, width = grey.shape
    x = (np.arange(_PLACES) + 0.5) / _PLACES
    down = -(line.slope * x + line.height)
    rows = np.rint((down + np.concatenate([-_DEPTHS, _DEPTHS])[:, None]) * width).astype(int)
    inside = ((rows >= 0) & (rows < height)).all(axis=0)
    if not inside.any():
        return 0.0
    sides = grey[np.clip(rows, 0, height - 1), (x * width).astype(int)].astype(np.float64)
    step = sides[: _DEPTHS.size].mean(axis=0) - sides[_DEPTHS.size :].mean(axis=0)
    step *= np.sign(np.median(step[inside]))
    return float(np.mean(inside & (step > _STEP)))
