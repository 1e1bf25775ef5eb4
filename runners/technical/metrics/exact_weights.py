"""Filter weights as fractions of a power of two, so that single precision sums them exactly.

A filter with such weights gives back a flat area's very grey level, on every processor and in
whatever order it adds; others leave a rounding error whose sign is a matter of luck.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def exact_weights(weights: npt.NDArray[np.float64], *, bits: int) -> npt.NDArray[np.float32]:
    """Each row of `weights` [n, taps], scaled and rounded so that it sums to exactly 1; float32.

    The weights become whole multiples of 2^-bits, and the largest of a row takes up what rounding
    left over. Sums over grey levels 0..255 are exact for up to 16 bits, for up to 15 where
    negative weights let them swing past the ends.
    """
    unit = 2.0**bits
    whole = np.rint(weights / weights.sum(axis=1, keepdims=True) * unit)
    whole[np.arange(len(whole)), whole.argmax(axis=1)] += unit - whole.sum(axis=1)
    return (whole / unit).astype(np.float32)
