"""Sharpness by gradient energy (Tenengrad), squashed to 0..1."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from runners.technical.metrics.reading import Reading, no_reading

_SATURATION = 2000.0  # calibration of the labelling pipeline that Framed takes over
_SMALLEST_SIDE = 8  # px; under it the borders outweigh the picture


def sharpness(grey: npt.NDArray[np.uint8]) -> Reading:
    """How much gradient energy a picture has, from 0 (flat) to 1 (hard edges everywhere).

    Tenengrad is the mean of squared Sobel gradients over all pixels; sharpness is
    tanh(tenengrad / 2000). The squashing saturates: most sharp photos lie above 0.99, where
    `tenengrad` still tells them apart.

    Parameters
    ----------
    grey : uint8 [h, w]
        Grey preview, 0..255. Other scales give other values: on 0..1 all is close to 0.

    Returns
    -------
    Reading
        value in [0, 1], high means much gradient energy; detail `tenengrad` >= 0, in squared
        grey levels. None, "too_small", where a side is under 8 px.

    Notes
    -----
    Not a measure of blur. It orders versions of one photo well and different photos badly: a calm
    sea is below a blurred hedge. Noise counts as gradient (white noise of sigma n grey levels adds
    24 n^2); a checkerboard of single pixels cancels in the kernel and reads 0. Compare only
    previews of the same long side, reduced by area averaging.

    References
    ----------
    J. M. Tenenbaum, Accommodation in computer vision, PhD thesis, Stanford University, 1970.
    E. Krotkov, Focusing, Int. J. Computer Vision 1, 1988, doi:10.1007/BF00127822.
    """
    if min(grey.shape) < _SMALLEST_SIDE:
        return no_reading("too_small")
    tenengrad = _gradient_energy(grey, 1, 0) + _gradient_energy(grey, 0, 1)
    return Reading(math.tanh(tenengrad / _SATURATION), {"tenengrad": tenengrad})


def _gradient_energy(grey: npt.NDArray[np.uint8], dx: int, dy: int) -> float:
    """Mean square of the Sobel 3x3 derivative along one axis."""
    gradient = cv2.Sobel(grey, cv2.CV_32F, dx, dy, ksize=3)  # 32F: 8U would clip the negative half
    return float(cv2.norm(gradient, cv2.NORM_L2SQR)) / grey.size
