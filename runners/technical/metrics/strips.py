"""A picture in strips of rows so small that what is computed of one stays in the cache."""

from __future__ import annotations

from collections.abc import Iterator

_PIXELS = 48 * 1024  # 192 KiB in single precision


def strip_height(width: int) -> int:
    """How many rows of a picture `width` px wide make a strip, at least one."""
    return max(1, _PIXELS // width)


def strips(height: int, width: int) -> Iterator[slice]:
    """The rows 0..height-1 of a picture `width` px wide as slices, top to bottom."""
    rows = strip_height(width)
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))
