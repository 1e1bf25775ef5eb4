"""`framed.imaging.grid`: five squares that leave nothing of interest unseen."""

from __future__ import annotations

import numpy as np
import pytest

from framed.imaging.grid import crops, square_side


def seen(size: tuple[int, int]) -> float:
    """The share of a photo of that size that is in one of its crops at least."""
    width, height = size
    cells = np.zeros((height, width), bool)
    for x, y, across, down in crops(size, 32):
        cells[y : y + down, x : x + across] = True
    return float(cells.mean())


def test_corners_and_centre() -> None:
    """Squares of 0.6 of the short side, the centre last."""
    assert crops((1500, 1000), 32) == [
        (0, 0, 600, 600),
        (900, 0, 600, 600),
        (0, 400, 600, 600),
        (900, 400, 600, 600),
        (450, 200, 600, 600),
    ]


def test_a_portrait_is_a_landscape_on_its_side() -> None:
    """Nothing depends on which side is the long one."""
    for size in ((1500, 1000), (4001, 1000), (40, 33)):
        lying, standing = crops(size, 32), crops(size[::-1], 32)
        assert {(y, x, side, also) for x, y, side, also in lying} == set(standing)


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (1000, 1000), (2000, 1000), (33, 40)])
def test_most_of_a_photo_is_seen(size: tuple[int, int]) -> None:
    """At least three parts of four, whatever its proportions."""
    assert seen(size) > 0.75


@pytest.mark.parametrize("size", [(2001, 1000), (500, 2400), (4096, 1000)])
def test_a_panorama_is_a_row(size: tuple[int, int]) -> None:
    """Squares as large as its short side, from end to end; up to 5:1 they leave no gap."""
    row = crops(size, 32)
    assert {part[2:] for part in row} == {(min(size), min(size))}
    assert max(x + side for x, _, side, _ in row) == size[0]
    assert max(y + side for _, y, _, side in row) == size[1]
    assert seen(size) == 1.0


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (31, 20), (32, 32), (50, 33), (65535, 1), (7, 9)])
def test_no_photo_is_too_small_or_too_long(size: tuple[int, int]) -> None:
    """Boxes lie within the photo, are squares, and are 32 pixels wide where it has as many."""
    for x, y, width, height in crops(size, 32):
        assert 0 <= x <= size[0] - width
        assert 0 <= y <= size[1] - height
        assert width == height >= min(32, *size)


def test_the_side_is_held_within_what_there_is() -> None:
    """Not under the least, never over the short side."""
    assert [square_side(size, 0.6, 32) for size in ((100, 200), (40, 50), (20, 90))] == [60, 32, 20]
