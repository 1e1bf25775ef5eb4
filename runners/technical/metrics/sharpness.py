"""Sharpness by gradient energy (Tenengrad), squashed to 0..1."""

from __future__ import annotations

import math

import cv2

from runners.technical.metrics.metric import Metric
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading, no_reading

_SATURATION = 2000.0  # calibration of the labelling pipeline that Framed takes over
_SMALLEST_SIDE = 8  # px; under it the borders outweigh the picture


def sharpness(picture: Picture) -> Reading:
    """How much gradient energy a picture has, from 0 (flat) to 1 (hard edges everywhere).

    Tenengrad is the mean of squared Sobel gradients over all pixels; sharpness is
    tanh(tenengrad / 2000). The squashing saturates: most sharp photos lie above 0.99, where
    `tenengrad` still tells them apart.

    Parameters
    ----------
    picture : uint8 [h, w]
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
    if picture.smallest_side < _SMALLEST_SIDE:
        return no_reading("too_small")
    energy = picture.gradient_energy
    tenengrad = float(cv2.sumElems(energy)[0]) / energy.size
    return Reading(math.tanh(tenengrad / _SATURATION), {"tenengrad": tenengrad})


METRIC = Metric(
    name="sharpness",
    function=sharpness,
    range=(0.0, 1.0),
    direction="higher is better",
    high="The frame is full of crisp detail; two shots of one scene can be compared by it.",
    low="Little fine contrast: soft, hazy, or a calm subject such as sea or sky.",
    version=3,
)
