"""Every pixel against its surroundings: the locally normalised picture (MSCN coefficients)."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]

_RADIUS, _SIGMA = 3, 7 / 6  # px; the window of the BRISQUE release


class LocalContrast:
    """(grey - mean) / (deviation + 1) of a grey picture in 0..255, at most `most` rows at once.

    `grey` is uint8 or float32 [h, w]. Mean and standard deviation are those under a Gaussian
    window of 7x7 px and sigma 7/6; past the edges of the picture lies black. The memory to compute
    in is taken once: not for several threads.

    In a flat area the deviation from the mean is nothing but rounding error, yet what comes after
    counts its sign, which decides up to 5 points of a score. So the window is not taken apart into
    two faster ones: tap by tap in single precision, flat areas get the signs that piq gives them.
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

    `spread` comes as the mean of the squares; `spare` is overwritten.
    """
    levels -= mean
    cv2.sqrt(cv2.absdiff(spread, np.square(mean, out=spare), dst=spread), dst=spread)
    spread += 1
    return levels, spread


def _blur(plane: Plane, *, out: Plane) -> None:
    cv2.filter2D(plane, cv2.CV_32F, _window(), dst=out, borderType=cv2.BORDER_CONSTANT)


@cache
def _window() -> Plane:
    """The Gaussian window, float32 [7, 7]; to the last bit piq's, so that rounding errors are."""
    squares = np.arange(-_RADIUS, _RADIUS + 1, dtype=np.float32) ** 2
    exponents = -(squares + squares[:, np.newaxis]) / np.float32(2 * _SIGMA**2)
    window = np.exp(exponents.astype(np.float64)).astype(np.float32)
    return np.asarray(window / np.float32(window.sum(dtype=np.float64)))
