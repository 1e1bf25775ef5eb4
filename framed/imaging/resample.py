"""Pillow's own resize of a part of a picture, as matrix products: the same levels in a third of the
time.

Pillow walks over a picture pixel by pixel, across first and then down, with its levels rounded to
whole ones between. The same weights stand here as bands of a matrix, a few target pixels each, so
that the products run at the speed of the machine's vector units.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from framed.photo import Interpolation, Pixels

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]

_REACH = {"bicubic": 2.0, "bilinear": 1.0}  # of the filter to both sides, in target pixels
_SHARPNESS = -0.5  # of the cubic: Catmull-Rom, as Pillow has it
_BAND = 8  # target pixels that share one product: more would multiply more zeros
_SMALL_PRODUCT = 2**18  # multiplications up to which OpenBLAS stays in the thread that asks
_STRIP_PIXELS = 4_000_000
_KEPT = 128  # ways along an axis; photos of one camera share theirs


@dataclass(frozen=True)
class _Band:
    """`weights` [targets, sources] of target pixels `at` on `sources`."""

    at: slice
    sources: slice
    weights: Floats


def resample(
    pixels: Pixels, size: tuple[int, int], box: Box, interpolation: Interpolation
) -> Pixels:
    """The part `box` (left, top, right, bottom) of `pixels` [H, W, 3] as [height, width, 3].

    `size` is (width, height). The levels are those of `PIL.Image.resize` with `box`, but where a
    half decides: a few in ten thousand are off by one in photos, up to 3 % in tiny pictures that
    are enlarged, and two apart at most.
    """
    height, width = pixels.shape[:2]
    across = _bands(width, size[0], box[0], box[2], interpolation)
    down = _bands(height, size[1], box[1], box[3], interpolation)
    rows, columns = _met(down), _met(across)
    part = pixels[rows, columns]
    if 0 < height - size[1] > 2 * (width - size[0]):  # as Pillow 13 chooses between the two
        flat = _along(part, size[1], down, rows.start)
        return _turned(_along(_turned(flat), size[0], across, columns.start))
    narrow = _turned(_along(_turned(part), size[0], across, columns.start))
    return _along(narrow, size[1], down, rows.start)


def _turned(pixels: Pixels) -> Pixels:
    """Rows and columns exchanged, of a large picture a strip after another."""
    import cv2  # 0.2 s, spared to processes that decode nothing

    height, width = pixels.shape[:2]
    turned: Pixels = np.empty((width, height, 3), np.uint8)
    step = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, step):
        strip = np.ascontiguousarray(pixels[top : top + step])  # of parts it is slow
        turned[:, top : top + step] = cv2.transpose(strip)
    return turned


def _along(lines: Pixels, target: int, bands: tuple[_Band, ...], first: int) -> Pixels:
    """Lines [source, n, 3], of which the first has the number `first`, as `target` ones."""
    flat = lines.reshape(len(lines), -1)
    mixed: Floats = np.empty((target, flat.shape[1]), np.float32)
    for band in bands:
        sources = flat[band.sources.start - first : band.sources.stop - first].astype(np.float32)
        step = max(1, _SMALL_PRODUCT // band.weights.size)
        for left in range(0, flat.shape[1], step):
            part = slice(left, left + step)
            np.matmul(band.weights, sources[:, part], out=mixed[band.at, part])
    mixed += 0.5  # halves go up
    np.clip(mixed, 0, 255, out=mixed)
    levels = np.empty((target, *lines.shape[1:]), np.uint8)
    np.copyto(levels.reshape(mixed.shape), mixed, casting="unsafe")
    return levels


def _met(bands: tuple[_Band, ...]) -> slice:
    """All sources that any of the bands needs."""
    return slice(bands[0].sources.start, max(band.sources.stop for band in bands))


@lru_cache(maxsize=_KEPT)
def _bands(
    source: int, target: int, low: float, high: float, interpolation: Interpolation
) -> tuple[_Band, ...]:
    """How `target` pixels are made of the part from `low` to `high` of `source` ones."""
    firsts, ends, exact = _weights(source, target, low, high, interpolation)
    weights, starts = exact.astype(np.float32), range(0, target, _BAND)
    return tuple(_band(at, min(target, at + _BAND), firsts, ends, weights) for at in starts)


def _band(
    begin: int, end: int, firsts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], all_: Floats
) -> _Band:
    first, last = int(firsts[begin]), int(ends[begin:end].max())
    weights = np.zeros((end - begin, last - first), np.float32)
    for row, target in enumerate(range(begin, end)):
        count = ends[target] - firsts[target]
        offset = firsts[target] - first
        weights[row, offset : offset + count] = all_[target, :count]
    return _Band(slice(begin, end), slice(first, last), weights)


def _weights(
    source: int, target: int, low: float, high: float, interpolation: Interpolation
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Doubles]:
    """First source and end of each target pixel, and the weights from the first on (sum 1)."""
    scale = (high - low) / target
    widened = max(scale, 1.0)  # a filter that reduces averages over all that it passes
    reach = _REACH[interpolation] * widened
    centres = low + (np.arange(target) + 0.5) * scale
    firsts = np.maximum(0, (centres - reach + 0.5).astype(np.int64))
    ends = np.minimum(source, (centres + reach + 0.5).astype(np.int64))
    steps = np.arange((ends - firsts).max())
    distances = (firsts[:, None] + steps - centres[:, None] + 0.5) / widened
    weights = _FILTERS[interpolation](np.abs(distances))
    weights[steps >= (ends - firsts)[:, None]] = 0
    return firsts, ends, weights / weights.sum(axis=1, keepdims=True)


def _triangle(distances: Doubles) -> Doubles:
    result: Doubles = np.maximum(0, 1 - distances)
    return result


def _cubic(distances: Doubles) -> Doubles:
    """R. Keys, "Cubic convolution interpolation for digital image processing", 1981."""
    a, x = _SHARPNESS, distances
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))


_FILTERS = {"bicubic": _cubic, "bilinear": _triangle}
