"""Strips: every row once, in order, whatever the size."""

from __future__ import annotations

import pytest

from runners.technical.metrics.strips import strip_height, strips


@pytest.mark.parametrize(("height", "width"), [(1, 1), (683, 1024), (96, 512), (3, 100_000)])
def test_strips_cover_the_picture(height: int, width: int) -> None:
    """Put together, the strips are all rows, and none is higher than promised."""
    slices = list(strips(height, width))
    assert [row for rows in slices for row in range(height)[rows]] == list(range(height))
    assert max(rows.stop - rows.start for rows in slices) <= strip_height(width)
