"""Whether a line is only one of a wall, a floor, a road or a flight of steps seen askew."""

from __future__ import annotations

import numpy as np

from runners.technical.lines.line import Horizon
from runners.technical.lines.pencil import Pencil
from runners.technical.lines.segments import Segments
from runners.technical.lines.sky import empty_above

_TILTED, _TILTED_FAR = 1.0, 3.5  # degrees

# a family of level segments that runs to a point: share of their length, spread in degrees
_FAMILY, _SPREAD = 0.5, 1.3
_ROWS, _ROWS_SHARE, _ROWS_SPREAD = 10, 0.9, 0.8  # many, and hardly anything else
_FAN, _FAN_SHARE, _FAN_SPREAD = 15, 0.45, 2.5  # many that are far apart

# a tilted surface of nearly parallel lines, the sky not above it
_SURFACE = 0.6  # share of the level length
_CROSSED, _SPARSE = 0.1, 3.0  # widths of steep segments, of level ones

# a tilt of many degrees among other straight lines: shares of the length
_BUILT, _ALL_BUILT = 0.5, 1.0  # steep to level, with lines above or without
_LONG, _ASIDE = 0.1, 3.0  # widths, and degrees from the line
_CONTRARY, _CONTRARY_SHARE = 0.5, 0.35  # widths, and share of all

# roadsides and guard rails, each across the picture at an angle of its own


def runs_away(family: Pencil, sky: bool) -> bool:
    """Whether the level segments run to a vanishing point near enough to turn them apart.

    Below the sky it takes many that are at one: a beach or a pier meets the horizon too.
    """
    if _are_rows(family) and family.spread >= _ROWS_SPREAD:
        return True
    if family.members >= _FAN and family.share >= _FAN_SHARE and family.spread >= _FAN_SPREAD:
        return True
    return not sky and family.share >= _FAMILY and family.spread >= _SPREAD


def is_askew(line: Horizon, family: Pencil, level: Segments, steep: Segments) -> bool:
    """A tilted line with others of its kind above it: keys, tiles, sleepers, steps."""
    if abs(line.degrees) <= _TILTED or empty_above(line, level):
        return False
    crossed = steep.length.sum() > _CROSSED or level.length.sum() <= _SPARSE
    return _are_rows(family) or (family.share >= _SURFACE and bool(crossed))


def is_contrary(line: Horizon, level: Segments, steep: Segments) -> bool:
    """A tilt of many degrees where long straight lines go other ways: the scene is built."""
    if abs(line.degrees) <= _TILTED_FAR:
        return False
    built = _ALL_BUILT if empty_above(line, level) else _BUILT
    levels, steeps = float(level.length.sum()), float(steep.length.sum())
    aside = np.abs(level.degrees - line.degrees) > _ASIDE
    contrary = _long(level.length[aside]) + _long(steep.length)
    stands = contrary > max(_CONTRARY, _CONTRARY_SHARE * (levels + steeps))
    return steeps > built * levels or stands


def _are_rows(family: Pencil) -> bool:
    return family.members >= _ROWS and family.share >= _ROWS_SHARE


def _long(length: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return float(length[length >= _LONG].sum())
