"""Crops that lie the same way in every photo, so that most of it is seen closer."""

from __future__ import annotations

from framed.photo import Region

SHARE = 0.6  # of the short side: neighbours overlap, so that what lies between is in one of them
PANORAMA = 2.0  # long by short side from which corners and centre would leave gaps
COUNT = 5


def crops(size: tuple[int, int], min_side: int) -> list[Region]:
    """Five squares in a photo of `size` (width, height): four corners and the centre.

    Their side is 0.6 of the short side and at least `min_side`, where the photo has as much. In a
    photo that is more than twice as long as it is wide they are as large as its short side and
    stand in a row, evenly from end to end.
    """
    if max(size) > PANORAMA * min(size):
        return _row(*size)
    width, height = size
    side = square_side(size, SHARE, min_side)
    right, bottom = width - side, height - side
    corners = [(0, 0), (right, 0), (0, bottom), (right, bottom)]
    return [(x, y, side, side) for x, y in (*corners, (right // 2, bottom // 2))]


def square_side(size: tuple[int, int], share: float, min_side: int) -> int:
    """`share` of the short side of `size`, held within `min_side` and the short side itself."""
    short = min(size)
    return min(short, max(min_side, round(share * short)))


def _row(width: int, height: int) -> list[Region]:
    side = min(width, height)
    steps = [(max(width, height) - side) * n // (COUNT - 1) for n in range(COUNT)]
    return [(at, 0, side, side) if width > height else (0, at, side, side) for at in steps]
