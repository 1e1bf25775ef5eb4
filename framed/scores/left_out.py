"""The match that photos get from a calibration learnt without them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from framed.scores.learn import calibrated_match, learn
from framed.scores.standing import Background

Floats = npt.NDArray[np.floating]
Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

MOST_FOLDS = 100  # more photos than that are left out a tenth at a time
_TENTHS = 10


def folds_of(photos: int) -> list[npt.NDArray[np.int64]]:
    """Which photos are left out together: each alone, or a tenth each of more than a hundred."""
    folds = photos if photos <= MOST_FOLDS else _TENTHS
    return [np.arange(first, photos, folds) for first in range(folds)]


def match_left_out(
    photos: Floats,
    rows: Floats,
    truth: Mask,
    judged: Mask,
    background: Background,
    *,
    prototypes: bool,
    shown: Callable[[Sequence[npt.NDArray[np.int64]]], Iterable[npt.NDArray[np.int64]]] = iter,
) -> Doubles:
    """match [P, N], of each photo as learnt from the others; NaN of a photo without others.

    The rest is as in `learn`. `shown` may show how far the folds are.
    """
    match = np.full(truth.shape, np.nan)
    labels = [str(column) for column in range(len(rows))]
    for fold in shown(folds_of(len(photos)) if len(photos) > 1 else []):
        others = np.delete(np.arange(len(photos)), fold)
        learnt = learn(
            photos[others],
            rows,
            labels,
            truth[others],
            judged[others],
            background,
            key="",
            prototypes=prototypes,
        )
        match[fold] = calibrated_match(photos[fold], rows, labels, learnt, background)
    return match
