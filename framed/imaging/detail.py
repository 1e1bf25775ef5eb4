"""How sharp a photo is at a given size, with its noise taken out: to compare shots of one scene.

Noise is read where the photo is calm, so that neither texture passes for noise nor noise for
detail. `sharpness_local` looks for the sharpest places of any picture; this asks which of two
shots of the same places is the sharper one.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt

from framed.photo import Pixels

Plane = npt.NDArray[np.float32]

SCALES = (1024, 512, 256)  # long sides, px
NOISE_SIDE = 512
_SMALLEST_SIDE = 64  # px; under it a tile has fewer than 8 px a side
_ROWS = 2  # every which row counts: a tile has enough of them
_TILES, _SHARPEST = 8, 16  # tiles a side; those with most detail, of all
_BLUR_WIDTH, _BLUR_SIGMA = 7, 1.0  # px
_NOISE_GAIN = 24.0  # gradient energy of white noise of variance 1: both Sobel kernels, squared
_BLURRED_NOISE_GAIN = 2.6122  # the same after the blur
_LEAST_ENERGY = 20.0  # squared grey levels; less is no detail
_SECOND_DIFFERENCE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_DIFFERENCE_GAIN = 36.0  # of the variance of white noise, by that kernel
_CALM_TILES, _CALM_PERCENTILE = 16, 20  # a side; of their means
_CALM_BIAS = 1.15  # by which that percentile reads low of white noise


def sharpness_by_scale(grey: Pixels) -> dict[int, float]:
    """Long side -> sharpness, 0 (blurred) to 1, of a grey picture uint8 [h, w] reduced to it.

    The share of the gradient energy of the tiles with most detail that a Gaussian blur of 1 px
    takes away, noise left out on both sides. The largest side first, 1024 or the picture's own;
    empty where it is too small, or has no detail.
    """
    found = {}
    for side in _sides(max(grey.shape)):
        grey = _reduced(grey, side)
        value = _sharpness(grey)
        if value is not None:
            found[side] = value
    return found


def _sides(longest: int) -> list[int]:
    """Those to measure at: the picture's own where it is small, and the common ones below."""
    own = [longest] if longest < SCALES[0] and longest not in SCALES else []
    return own + [side for side in SCALES if side <= longest]


def noise_of(grey: Pixels) -> float:
    """The noise's standard deviation in grey levels, of the picture reduced to 512 px."""
    return float(np.sqrt(_noise_variance(_reduced(grey, NOISE_SIDE))))


def _sharpness(grey: Pixels) -> float | None:
    import cv2  # 0.2 s, spared to processes that decode nothing

    if min(grey.shape) < _SMALLEST_SIDE:
        return None
    noise = _noise_variance(grey)
    blurred = cv2.GaussianBlur(grey, (_BLUR_WIDTH, _BLUR_WIDTH), _BLUR_SIGMA)
    before = _tile_energies(grey) - _NOISE_GAIN * noise
    after = _tile_energies(cast(Pixels, blurred)) - _BLURRED_NOISE_GAIN * noise
    best = np.argsort(before, axis=None)[-_SHARPEST:]
    energy = float(before.ravel()[best].mean())
    if energy < _LEAST_ENERGY:
        return None
    return float(np.clip(1.0 - after.ravel()[best].mean() / energy, 0.0, 1.0))


def _tile_energies(grey: Pixels) -> Plane:
    """Mean squared gradient of each tile, [8, 8]."""
    import cv2

    across, down = cv2.spatialGradient(grey)  # Sobel 3x3, in whole numbers
    energy = _squared(across[::_ROWS]) + _squared(down[::_ROWS])
    return cast(Plane, cv2.resize(energy, (_TILES, _TILES), interpolation=cv2.INTER_AREA))


def _squared(plane: npt.NDArray[Any]) -> Plane:
    import cv2

    return cast(Plane, cv2.multiply(plane, plane, dtype=cv2.CV_32F))


def _noise_variance(grey: Pixels) -> float:
    """Of the calm parts: what a second difference both ways leaves, where it leaves least.

    J. Immerkaer, Fast noise variance estimation, Computer Vision and Image Understanding 64, 1996.
    """
    import cv2

    left = _squared(cv2.filter2D(grey, cv2.CV_16S, _SECOND_DIFFERENCE)[::_ROWS])
    tiles = cv2.resize(left, (_CALM_TILES, _CALM_TILES), interpolation=cv2.INTER_AREA)
    return _CALM_BIAS * float(np.percentile(tiles, _CALM_PERCENTILE)) / _DIFFERENCE_GAIN


def _reduced(grey: Pixels, side: int) -> Pixels:
    import cv2

    if max(grey.shape) <= side:
        return grey
    scale = side / max(grey.shape)
    height, width = (max(1, round(length * scale)) for length in grey.shape)
    return cast(Pixels, cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA))
