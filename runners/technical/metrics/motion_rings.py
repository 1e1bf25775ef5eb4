"""The power spectrum of a picture by direction, in rings of frequencies."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from runners.technical.metrics.picture import Picture, Pixels

DIRECTIONS = 36
STEP = 180.0 / DIRECTIONS  # degrees
_FLOOR = 0.001  # share of the power that stays, however much of it may be noise
_ROUNDING = 1.0 / 12.0  # variance that rounding to whole grey levels adds
_LEAST_SIDE = 200  # px; padded to it, each direction has frequencies as low as 0.015..0.05
_SIZES = 16  # kept; the rings of one size take about 0.4 MB

Band = tuple[float, float]  # cycles per px, both ends left out
Values = npt.NDArray[np.float64]


class Ring(NamedTuple):
    """Which values of a flattened half spectrum lie in a ring, and what each counts for."""

    places: npt.NDArray[np.int32]  # [n]
    directions: npt.NDArray[np.int8]  # [n], 0..35
    weights: Values  # [n], squared frequency over the number of values in its direction


def ring_energies(picture: Picture, *bands: Band) -> list[Values]:
    """Mean of power times squared frequency in 36 directions, float64 [36] for each band.

    Direction i is that of frequencies at 5 i degrees, counter-clockwise from +x. The spectrum is
    that of the picture, uint8 [h, w], less its mean, under a Hann window; the power of its noise
    is taken off. The unit of power is what rounding to whole grey levels adds. All above 0.
    """
    window_y, window_x = (np.hanning(side) for side in picture.pixels.shape)
    height, width = (max(side, _LEAST_SIDE) for side in picture.pixels.shape)
    unit = _ROUNDING * float((window_y**2).sum() * (window_x**2).sum())
    noise = (255.0 * picture.noise_sigma) ** 2 / _ROUNDING
    windowed = _centred(picture.pixels) * window_y[:, None] * window_x
    spectrum = np.fft.rfft2(windowed, s=(height, width)).ravel()
    rings = (_ring(height, width, band) for band in bands)
    return [_by_direction(spectrum[ring.places], ring, unit, noise) for ring in rings]


def _centred(pixels: Pixels) -> Values:
    pixels = np.ascontiguousarray(pixels)  # one order of adding, whatever the layout
    return np.asarray(pixels - pixels.mean(), np.float64)


def _by_direction(
    spectrum: npt.NDArray[np.complex128], ring: Ring, unit: float, noise: float
) -> Values:
    power = (spectrum.real**2 + spectrum.imag**2) / unit
    left = np.maximum(power - noise, _FLOOR * np.maximum(power, 1.0))
    return np.asarray(np.bincount(ring.directions, left * ring.weights, DIRECTIONS), np.float64)


@lru_cache(maxsize=2 * _SIZES)
def _ring(height: int, width: int, band: Band) -> Ring:
    """The frequencies of `rfft2` between the ends of a band; shared by threads, so read only."""
    y, x = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)
    frequency = np.hypot(x, y)
    inside = (frequency > band[0]) & (frequency < band[1])
    angle = np.degrees(np.arctan2(-y, x))[inside]  # rows count downwards
    directions = np.rint(angle / STEP).astype(np.int8) % DIRECTIONS
    counts = np.bincount(directions, minlength=DIRECTIONS)
    weights = frequency[inside] ** 2 / counts[directions]
    ring = Ring(np.flatnonzero(inside).astype(np.int32), directions, weights)
    for array in ring:
        array.setflags(write=False)
    return ring
