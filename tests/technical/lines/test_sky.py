"""A horizon parts the picture along its whole way, and above it there is next to nothing."""

from __future__ import annotations

import numpy as np
import pytest

from runners.technical.lines.line import Horizon, find_horizon
from runners.technical.lines.segments import level_of, long_segments, steep_of
from runners.technical.lines.sky import empty_above, has_sky, parts
from tests.technical.pictures import Grey


def sea(height: int = 340, width: int = 512) -> Grey:
    """Bright above row 200, dark below."""
    grey = np.full((height, width), 190, np.uint8)
    grey[200:] = 90
    return grey


def line_of(grey: Grey) -> Horizon:
    line = find_horizon(level_of(long_segments(grey)))
    assert line is not None
    return line


def test_sea_has_sky() -> None:
    """A plain sea does."""
    grey = sea()
    found = long_segments(grey)
    level, steep = level_of(found), steep_of(found)
    assert parts(line_of(grey), grey)
    assert has_sky(line_of(grey), level, steep)


@pytest.mark.parametrize("step", [150, 12])
def test_sides_may_change_over(step: int) -> None:
    """It does not matter which side is bright, nor by how much."""
    grey = sea()
    grey[200:] = 90
    grey[:200] = 90 - min(step, 80)
    assert parts(line_of(grey), grey)


def test_line_over_part_of_the_width_parts_nothing() -> None:
    """A wall that ends within the picture does not."""
    grey = sea()
    grey[:, 360:] = 120
    assert not parts(Horizon(0.0, 1.0, 0.0, -200 / 512), grey)


def test_lines_above() -> None:
    """Rows of sills above a line: that is a house."""
    grey = sea()
    for row in (40, 80, 120, 160):
        grey[row : row + 8, 20:490] = 60
    found = long_segments(grey)
    level, steep = level_of(found), steep_of(found)
    line = Horizon(0.0, 1.0, 0.0, -200 / 512)
    assert not empty_above(line, level)
    assert not has_sky(line, level, steep)


def test_line_outside_the_picture_parts_nothing() -> None:
    """A line below the lower edge is answered without a look beyond it."""
    assert not parts(Horizon(0.0, 1.0, 0.0, -2.0), sea())
