"""How colourful and how light a photo is, from a sample of its pixels.

Colourfulness is M of D. Hasler and S. Süsstrunk, "Measuring colourfulness in natural images",
Human Vision and Electronic Imaging VIII, 2003. All figures follow from the mean and the covariance
of red, green and blue, whose sums are of whole numbers, so that a grey picture has exactly 0.
"""

from __future__ import annotations

from math import ceil, hypot, sqrt

import numpy as np
import numpy.typing as npt

from framed.photo import Photo, Pixels, Tones

Floats = npt.NDArray[np.float64]

_SAMPLED = 10_000  # pixels: M is within 1 of the whole photo's
_AXES = np.array(  # red - green, yellow - blue, luma (ITU-R BT.601), of red, green, blue
    [[1.0, -1.0, 0.0], [0.5, 0.5, -1.0], [0.299, 0.587, 0.114]]
)
_MEAN_WEIGHT = 0.3  # of the mean beside the deviation, in M


def tones_of(photo: Photo) -> Tones:
    """The tones of the whole upright photo, and the hour that it says it was taken at."""
    mean, covariance = _moments(_sample(photo.pixels))
    (red_green, yellow_blue, luma), spread = _AXES @ mean, _AXES @ covariance @ _AXES.T
    colours = spread[0, 0] + spread[1, 1]
    return Tones(
        colourfulness=_root(colours) + _MEAN_WEIGHT * hypot(red_green, yellow_blue),
        polychromy=_root(colours - _explained(spread)),
        luminance=float(luma) / 255,
        contrast=_root(spread[2, 2]) / 255,
        hour=photo.hour,
    )


def _sample(pixels: Pixels) -> Floats:
    """Pixels on an even grid over the whole picture: red, green and blue, [3, n]."""
    height, width = pixels.shape[:2]
    step = max(1, ceil(sqrt(height * width / _SAMPLED)))
    grid = pixels[(height - 1) % step // 2 :: step, (width - 1) % step // 2 :: step]
    return grid.transpose(2, 0, 1).reshape(3, -1).astype(np.float64)


def _moments(sample: Floats) -> tuple[Floats, Floats]:
    """Mean [3] and covariance [3, 3]."""
    count = sample.shape[1]
    mean = sample.sum(axis=1) / count
    return mean, sample @ sample.T / count - np.outer(mean, mean)


def _explained(spread: Floats) -> float:
    """The part of the colours' variance that follows the luma, as a print's toning does."""
    luma = spread[2, 2]
    return float(spread[0, 2] ** 2 + spread[1, 2] ** 2) / luma if luma > 0 else 0.0


def _root(variance: float) -> float:
    return sqrt(max(0.0, float(variance)))
