"""The finest diagonal db2 wavelet coefficients of a grey picture, and the noise they show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float64]

_HIGH_PASS = (  # Daubechies db2 to exactly these digits; better ones change flat areas by 8e-4
    -0.48296291314453416,
    0.8365163037378079,
    -0.2241438680420134,
    -0.12940952255126037,
)
MAD_OF_UNIT_GAUSSIAN = 0.6744897501960817  # third quartile of the normal distribution


def noise_sigma(grey: npt.NDArray[np.uint8]) -> float:
    """Noise of a grey picture uint8 [h, w], as a standard deviation >= 0 of the picture in 0..1.

    The median magnitude of the diagonal coefficients that are not zero, over 0.6745 (Donoho and
    Johnstone); 0 where all are zero. Operands and their order are those of
    `skimage.restoration.estimate_sigma` with PyWavelets, so that it is the same double.
    """
    coefficients = diagonal_detail(grey / 255.0)
    # exact zeros are left out as the reference does, though flat areas give 0 or 1e-18 by luck
    magnitudes = np.abs(coefficients[coefficients != 0])
    return float(np.median(magnitudes)) / MAD_OF_UNIT_GAUSSIAN if magnitudes.size else 0.0


def diagonal_detail(plane: Plane) -> Plane:
    """The diagonal coefficients of one db2 level: high-pass along both axes, every second value."""
    return _high_pass_rows(_high_pass_rows(plane).T).T


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
