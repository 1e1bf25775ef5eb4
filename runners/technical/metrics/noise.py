"""Noise from the finest diagonal wavelet coefficients, scaled to 0..1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from runners.technical.metrics.reading import Reading, no_reading

_HIGH_PASS = (  # Daubechies db2 to exactly these digits; better ones change flat areas by 8e-4
    -0.48296291314453416,
    0.8365163037378079,
    -0.2241438680420134,
    -0.12940952255126037,
)
_MAD_OF_UNIT_GAUSSIAN = 0.6744897501960817  # third quartile of the normal distribution
_NOISIEST = 0.08  # sigma that counts as 1; calibration of the pipeline that Framed takes over
_SMALLEST_SIDE = 8  # px; under it nearly all coefficients touch a border

Plane = npt.NDArray[np.float64]


def noise(grey: npt.NDArray[np.uint8]) -> Reading:
    """How noisy a picture is, from 0 (clean) to 1; here HIGH IS WORSE.

    sigma is the robust estimate from the median of the absolute diagonal db2 coefficients that are
    not zero, over 0.6745; noise is min(1, sigma / 0.08). Operands and their order are
    those of `skimage.restoration.estimate_sigma`, so that sigma is the same double.

    Parameters
    ----------
    grey : uint8 [h, w]
        Grey preview, 0..255; it is divided by 255.

    Returns
    -------
    Reading
        value in [0, 1], high means noisy; detail `sigma` >= 0, of a picture in 0..1.
        None, "too_small", where a side is under 8 px.

    Notes
    -----
    Fine texture counts as noise (a forest reads 0.4), and reduction hides noise: at 512 px a
    camera's noise is mostly averaged away. Compare only previews of the same long side.

    References
    ----------
    D. L. Donoho, I. M. Johnstone, Ideal spatial adaptation by wavelet shrinkage,
    Biometrika 81, 1994, doi:10.1093/biomet/81.3.425.
    """
    if min(grey.shape) < _SMALLEST_SIDE:
        return no_reading("too_small")
    sigma = _sigma(_high_pass_rows(_high_pass_rows(grey / 255.0).T).T)
    return Reading(min(1.0, sigma / _NOISIEST), {"sigma": sigma})


def _high_pass_rows(plane: Plane) -> Plane:
    """Every second value of the db2 high-pass along axis 0, edges mirrored (c b a | a b c)."""
    count = (plane.shape[0] + 3) // 2
    padded = np.pad(plane, ((2, 3), (0, 0)), mode="symmetric")
    taps = [padded[3 - j :: 2][:count] for j in range(4)]
    result = _weighted_sum(taps, order=(0, 1, 2, 3))
    if plane.shape[0] % 2:  # three taps lie past the edge; the reference adds those from inside out
        result[-1] = _weighted_sum([tap[-1] for tap in taps], order=(2, 1, 0, 3))
    return result


def _weighted_sum(taps: Sequence[Plane], *, order: Sequence[int]) -> Plane:
    """Sum of the taps times the high-pass; the order of adding decides the last bit."""
    result = np.zeros_like(taps[0])
    for j in order:
        result += _HIGH_PASS[j] * taps[j]
    return result


def _sigma(coefficients: Plane) -> float:
    # exact zeros are left out as the reference does, though flat areas give 0 or 1e-18 by luck
    magnitudes = np.abs(coefficients[coefficients != 0])
    return float(np.median(magnitudes)) / _MAD_OF_UNIT_GAUSSIAN if magnitudes.size else 0.0
