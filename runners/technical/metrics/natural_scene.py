"""The statistics that undamaged photos share: the 36 features of BRISQUE."""

from __future__ import annotations

from itertools import chain

import cv2
import numpy as np
import numpy.typing as npt

from runners.technical.metrics.generalized_gaussian import fit_asymmetric, fit_symmetric, moments
from runners.technical.metrics.halving import halved
from runners.technical.metrics.local_contrast import LocalContrast
from runners.technical.metrics.strips import strip_height, strips

Plane = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]


def natural_scene_features(luma: npt.NDArray[np.uint8]) -> Numbers | None:
    """The features of a grey picture uint8 [h, w], sides of at least 16; float64 [36].

    18 at full and 18 at half size: shape and variance of the local contrast, then shape, mean,
    left and right variance of the products of neighbours, for each of four directions. Edges join
    the opposite ones. None of a picture without variance, or in which a direction has no negative
    or no positive products.
    """
    if luma.min() == luma.max():  # its only contrast would be that against the black around it
        return None
    features: list[float] = []
    for plane in (luma, halved(luma)):
        contrast, *directions = _sums(plane)
        fits = [fit for sums in directions if (fit := fit_asymmetric(sums))]
        if len(fits) < len(directions):
            return None
        features += [*fit_symmetric(contrast), *chain.from_iterable(fits)]
    return np.array(features)


def _sums(plane: npt.NDArray[np.uint8] | Plane) -> Numbers:
    """Moments of the local contrast, then of the products in each direction; float64 [5, 6]."""
    height, width = plane.shape
    most = strip_height(width)
    local = LocalContrast(plane, most)
    joined = np.empty((most + 1, width + 1), np.float32)  # the row above, the column to the left
    products, spare = np.empty((2, most, width), np.float32)
    sums = np.zeros((5, 6))
    _fill(joined[:1], local, slice(height - 1, height))
    for rows in strips(height, width):
        count = rows.stop - rows.start
        strip = joined[: count + 1]
        _fill(strip[1:], local, rows)
        sums += _strip_sums(strip, products[:count], spare[:count])
        joined[0] = strip[-1]
    return sums


def _fill(strip: Plane, local: LocalContrast, rows: slice) -> None:
    """Put local contrast into `strip` [rows, w + 1], its last column also before its first."""
    local.write(rows, strip[:, 1:])
    strip[:, 0] = strip[:, -1]


def _strip_sums(joined: Plane, products: Plane, spare: Plane) -> list[Numbers]:
    """`_sums` of all but the first row and column; `products` and `spare` are overwritten."""
    here, left = joined[1:, 1:], joined[1:, :-1]
    up, up_left = joined[:-1, 1:], joined[:-1, :-1]
    pairs = ((here, left), (here, up), (here, up_left), (up, left))
    sums = [moments(here, spare)]
    for one, other in pairs:
        cv2.multiply(one, other, dst=products)
        sums.append(moments(products, spare))
    return sums
