"""The uprights of a picture: walls, posts, books and door frames, which tell how it is held."""

from __future__ import annotations

import numpy as np

from runners.technical.lines.line import Horizon
from runners.technical.lines.pencil import Directions, Pencil, directions, pencil_of
from runners.technical.lines.segments import Segments

_MOST_LEANING = 30.0  # degrees from upright that a segment is taken for one
_LEVEL = 0.5  # degrees that turn nothing
_ALL = 0.7  # share of the upright length from which the uprights are at one
_SAME, _NEARLY_SAME = 0.9, 2.5  # degrees between a line and the uprights

# enough to be heard: members, widths, share of the upright length, degrees of doubt and of lean
_MEMBERS, _LENGTH, _SHARE, _DOUBT, _LEANING_TOGETHER = 4, 0.3, 0.3, 0.5, 20.0
_FEW, _FEW_LENGTH = 3, 0.4  # that are at one
_MASTS = 8


def uprights_of(steep: Segments, aspect: float) -> Pencil | None:
    """The pencil of the segments within 30 degrees of upright; its degrees lean to the right.

    Seen from below or above they converge too: the angle is that through the picture's middle.
    `aspect` is the picture's height by its width.
    """
    upright = steep.where(np.abs(steep.degrees) >= 90 - _MOST_LEANING)
    x, y, dx, dy, length = directions(upright, aspect)
    up = np.where(dy < 0, -1.0, 1.0)
    return pencil_of(Directions(y, x, dy * up, dx * up, length))  # slopes against the upright


def are_known(uprights: Pencil) -> bool:
    """Whether they are enough, and known well enough, to be heard about a line."""
    several = uprights.members >= _MEMBERS and uprights.length >= _LENGTH
    long = uprights.members >= _FEW and uprights.length >= _FEW_LENGTH and uprights.share >= _ALL
    certain = uprights.share >= _SHARE and uprights.doubt <= _DOUBT
    upright = uprights.share >= _ALL or abs(uprights.degrees) <= _LEANING_TOGETHER
    return (several or long) and certain and upright


def may_be_masts(uprights: Pencil) -> bool:
    """Few and not at one: masts and people before the sea lean as they like."""
    return uprights.members < _MASTS and uprights.share < _ALL


def agree(uprights: Pencil, line: Horizon) -> bool:
    """Within a degree; a level line within 2.5 of uprights that are not at one."""
    lenient = abs(line.degrees) < _LEVEL and uprights.share < _ALL
    tilt = -uprights.degrees  # what leans to the right has its right side low
    return abs(tilt - line.degrees) <= (_NEARLY_SAME if lenient else _SAME)
