"""What stands out in a photo, and the few squares that hold the most of it.

A measure of contrast without a model: it finds a kite in the sky or a lantern in the dark, and of
something large and plain its corners.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from framed.imaging.grid import square_side
from framed.photo import Photo, Pixels, Region

SHARES = (0.4, 0.55, 0.75)  # sides of the crops, of the photo's short side
COUNT = 4
MIN_SURPLUS = 0.06  # of all that stands out: less is no second subject
MAX_OVERLAP = 0.3  # of a crop's area with those before it

_MAP_SIDE = 64  # cells: what stands out at a glance is what is left at this size
_BLUR = 0.045  # of the map's width: the paper's own
_FAINT = 1e-3  # coefficients below it are rounding errors of a flat channel

Cells = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


class _Found(NamedTuple):
    """A square of the map, in cells, and how much more stands out in it than area alone gives."""

    surplus: float
    share: float
    x: int
    y: int
    side: int


def crops(photo: Photo, min_side: int) -> list[Region]:
    """One to four squares that hold what stands out most, the most striking first.

    Each is the one that holds most beyond its share of the area, of what those before it left.
    Sides are 0.4, 0.55 or 0.75 of the short side, at least `min_side` pixels. A photo of one colour
    has none.
    """
    shown = stands_out(photo.pixels, _map_size(photo.original_size))
    taken = np.zeros(shown.shape, np.float64)
    found: list[Region] = []
    while len(found) < COUNT and shown.any():
        best = max(_best(shown, taken, share) for share in SHARES)
        if found and best.surplus < MIN_SURPLUS:
            break
        rows, columns = slice(best.y, best.y + best.side), slice(best.x, best.x + best.side)
        shown[rows, columns], taken[rows, columns] = 0, 1
        found.append(_in_pixels(best, shown.shape, photo.original_size, min_side))
    return found


def stands_out(rgb: Pixels, size: tuple[int, int]) -> Doubles:
    """How much each part of a picture [H, W, 3] stands out: float64 of `size` (width, height), both
    even; the sum is 1, or 0 for a picture of one colour.

    The image signature: what is left of each channel of Lab when its cosine transform is reduced
    to signs, squared and blurred. Sparse things survive that, spread ones do not. Channels count by
    their deviation.

    References
    ----------
    X. Hou, J. Harel, C. Koch, "Image Signature: Highlighting Sparse Salient Regions", IEEE
    Transactions on Pattern Analysis and Machine Intelligence 34(1), 2012,
    doi:10.1109/TPAMI.2011.146.
    """
    import cv2  # 0.2 s, spared to processes that decode nothing

    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    channels = cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2LAB))
    shown = sum((_signature(np.asarray(each, np.float32)) for each in channels), np.zeros(1))
    smooth = cv2.GaussianBlur(shown, (0, 0), _BLUR * max(size)).astype(np.float64)
    total = smooth.sum()
    return smooth / total if total > 0 else smooth


def _signature(channel: Cells) -> Doubles:
    import cv2

    coefficients = cv2.dct(channel - channel.mean())
    signs = np.where(np.abs(coefficients) > _FAINT, np.sign(coefficients), 0)
    squared = np.square(cv2.idct(signs.astype(np.float32)), dtype=np.float64)
    total = squared.sum()
    return squared * (channel.std() / total) if total > 0 else squared


def _map_size(size: tuple[int, int]) -> tuple[int, int]:
    """Even sides, as the transform wants them, in the photo's proportions."""
    width, height = (max(2, 2 * round(_MAP_SIDE / 2 * side / max(size))) for side in size)
    return width, height


def _best(shown: Doubles, taken: Doubles, share: float) -> _Found:
    """The square of `share` with the largest surplus among those that overlap little."""
    side = max(1, round(share * min(shown.shape)))
    area = side * side
    surplus = _window_sums(shown, side) - area / shown.size
    surplus[_window_sums(taken, side) > MAX_OVERLAP * area] = -1
    y, x = divmod(int(surplus.argmax()), surplus.shape[1])
    return _Found(float(surplus[y, x]), share, x, y, side)


def _window_sums(cells: Doubles, side: int) -> Doubles:
    """The sum of every square of `side` cells, by its upper left one."""
    sums = np.pad(cells.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    ends = sums[side:, side:] - sums[:-side, side:]
    result: Doubles = ends - sums[side:, :-side] + sums[:-side, :-side]
    return result


def _in_pixels(
    found: _Found, cells: tuple[int, ...], size: tuple[int, int], min_side: int
) -> Region:
    side = square_side(size, found.share, min_side)
    (width, height), (down, across) = size, cells
    middle_x = (found.x + found.side / 2) * width / across
    middle_y = (found.y + found.side / 2) * height / down
    x = min(max(0, round(middle_x - side / 2)), width - side)
    y = min(max(0, round(middle_y - side / 2)), height - side)
    return x, y, side, side
