"""Generalised Gaussian distributions fitted to values by their moments, as BRISQUE does.

Moments are sums, so that those of parts of a picture add up to those of the whole.
"""

from __future__ import annotations

import math
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]


def moments(values: Plane, spare: Plane) -> Numbers:
    """The sums over `values` float32 [h, w] from which distributions are fitted; float64 [6].

    How many, the sum of magnitudes, then for the negative and for the positive ones how many and
    the sum of squares. `spare`, of the same shape, is overwritten.
    """
    sums = [values.size, cv2.norm(values, cv2.NORM_L1)]
    for side in (cv2.THRESH_TOZERO_INV, cv2.THRESH_TOZERO):
        cv2.threshold(values, 0, 0, side, dst=spare)
        sums += [cv2.countNonZero(spare), cv2.norm(spare, cv2.NORM_L2SQR)]
    return np.array(sums)


def fit_symmetric(sums: Numbers) -> tuple[float, float]:
    """(shape, variance) of the zero-mean distribution nearest to values with these `moments`.

    Shape is 2 for a Gaussian, 1 for a Laplacian; it is sought in 0.2..10 in steps of 0.001. At
    least one value must not be 0.
    """
    count, magnitude, _, negative, _, positive = sums.tolist()
    variance = (negative + positive) / count
    return _nearest_shape((magnitude / count) ** 2 / variance), variance


def fit_asymmetric(sums: Numbers) -> tuple[float, float, float, float] | None:
    """(shape, mean, left variance, right variance) where the two sides of 0 spread differently.

    A side's variance is the mean square of the values that lie on it. None where one has none.
    """
    count, magnitude, lefts, negative, rights, positive = sums.tolist()
    if not (negative and positive):
        return None
    left, right = negative / lefts, positive / rights
    skew = math.sqrt(left / right)
    ratio = (magnitude / count) ** 2 / ((negative + positive) / count)
    shape = _nearest_shape(ratio * (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2)
    mean = (math.sqrt(right) - math.sqrt(left)) * _mean_factor(shape)
    return shape, mean, left, right


def _mean_factor(shape: float) -> float:
    """Gamma(2/a) / sqrt(Gamma(1/a) Gamma(3/a))."""
    one, two, three = (math.lgamma(k / shape) for k in (1, 2, 3))
    return math.exp(two - (one + three) / 2)


def _nearest_shape(ratio: float) -> float:
    """The shape whose (E|x|)^2 / E x^2 is nearest to `ratio`."""
    shapes, ratios = _shapes()
    above = min(max(int(np.searchsorted(ratios, ratio)), 1), len(ratios) - 1)
    below = above - 1
    return float(shapes[below if ratio - ratios[below] <= ratios[above] - ratio else above])


@cache
def _shapes() -> tuple[Numbers, Numbers]:
    """Shapes 0.2..10 and their (E|x|)^2 / E x^2, which rises with the shape; float64 [9801]."""
    shapes = np.arange(200, 10_001) / 1000
    return shapes, np.array([_mean_factor(shape) ** 2 for shape in shapes.tolist()])
