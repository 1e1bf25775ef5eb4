"""Every pixel against its surroundings: the locally normalised picture (MSCN coefficients)."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]

_RADIUS, _SIGMA = 3, 7 / 6  # px; the window of the BRISQUE release
_COARSE = np.float32(3072)  # single precision steps by 2^-12 here; rounding errors stay under that
_HAIR = 1e-9  # grey levels: too little for any sum, enough to carry a sign


class LocalContrast:
    """(grey - mean) / (deviation + 1) of a grey picture in 0..255, at most `most` rows at once.

    `grey` is uint8 or float32 [h, w]. Mean and standard deviation are those under a Gaussian
    window of 7x7 px and sigma 7/6; past the edges of the picture lies black. The memory to compute
    in is taken once: not for several threads.

    The numerator of a flat area is 0, but what comes after counts signs, and implementations get
    the sign of their rounding error there: it decides up to 5 points of a score. So that it is
    the same everywhere, a flat area gets the sign that single precision gives to its grey level.
    """

    def __init__(self, grey: npt.NDArray[np.uint8] | Plane, most: int) -> None:
        self._grey = grey
        self._memory = np.empty((4, most + 2 * _RADIUS, grey.shape[1]), np.float32)

    def write(self, rows: slice, out: Plane) -> None:
        """Put the contrast of these rows into `out` float32 [rows, w]."""
        first = max(0, rows.start - _RADIUS)
        near = self._grey[first : rows.stop + _RADIUS]
        levels, mean, spread, spare = planes = self._memory[:, : len(near)]
        np.copyto(levels, near)
        _blur(levels, out=mean)
        _blur(np.square(levels, out=spare), out=spread)
        inner = slice(rows.start - first, rows.stop - first)
        np.divide(*_fraction(*(plane[inner] for plane in planes)), out=out)


def _fraction(levels: Plane, mean: Plane, spread: Plane, spare: Plane) -> tuple[Plane, Plane]:
    """Deviation from the mean and standard deviation + 1, in place of `levels` and `spread`.

    `spread` comes as the mean of the squares; `spare` and all else are overwritten.
    """
    cv2.sqrt(cv2.absdiff(spread, np.square(mean, out=spare), dst=spread), dst=spread)
    spread += 1
    cv2.LUT(cv2.convertScaleAbs(levels), _flat_signs(), dst=spare)  # of the level, rounded
    levels += _COARSE
    levels -= mean
    levels -= _COARSE  # the deviation rounded to 2^-12: exactly 0 in flat areas
    levels += spare
    return levels, spread


def _blur(plane: Plane, *, out: Plane) -> None:
    window = _window()
    cv2.sepFilter2D(plane, cv2.CV_32F, window, window, dst=out, borderType=cv2.BORDER_CONSTANT)


@cache
def _window() -> Plane:
    """The Gaussian window along one axis, float32 [7]."""
    offsets = np.arange(-_RADIUS, _RADIUS + 1.0)
    window = np.exp(-(offsets**2) / (2 * _SIGMA**2))
    return np.asarray(window / window.sum(), dtype=np.float32)


@cache
def _flat_signs() -> Plane:
    """For each grey level, float32 [256], a hair with the sign of level - mean in a flat area.

    The sign is that of a 7x7 convolution in single precision with fused multiply-add, row by row,
    which is how piq's comes out; black alone always has none.
    """
    squares = np.arange(-_RADIUS, _RADIUS + 1, dtype=np.float32) ** 2
    exponents = -(squares + squares[:, np.newaxis]) / np.float32(2 * _SIGMA**2)
    kernel = np.exp(exponents.astype(np.float64)).astype(np.float32)
    kernel /= np.float32(kernel.sum(dtype=np.float64))
    levels = np.arange(256.0)
    mean = np.zeros(256, np.float32)
    for weight in kernel.ravel().astype(np.float64):
        mean = (mean + weight * levels).astype(np.float32)  # in doubles first: rounded only once
    return np.asarray(np.sign(levels - mean) * _HAIR, dtype=np.float32)
