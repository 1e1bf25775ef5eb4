"""Photos, words and truth by dice, for what learns from examples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from framed.scores.standing import Background


@dataclass(frozen=True)
class Examples:
    """Unit vectors of photos and labels, what is true and judged, and the background."""

    photos: npt.NDArray[np.float64]
    rows: npt.NDArray[np.float64]
    labels: tuple[str, ...]
    truth: npt.NDArray[np.bool_]
    judged: npt.NDArray[np.bool_]
    background: Background


def examples(photos: int, labels: int = 6, dimension: int = 16, seed: int = 1) -> Examples:
    """Photos that lie near the labels which are true of them, a tenth of the pairs unjudged."""
    dice = np.random.default_rng(seed)
    rows = _units(dice.normal(size=(labels, dimension)))
    truth = dice.random((photos, labels)) < 0.3
    seen = _units(truth @ rows + 0.4 * dice.normal(size=(photos, dimension)))
    words = _units(dice.normal(size=(40, dimension)))
    mean = _units(dice.normal(size=(20, dimension))).mean(axis=0)
    judged = dice.random(truth.shape) > 0.1
    names = tuple(f"label {number}" for number in range(labels))
    return Examples(seen, rows, names, truth, judged, Background(mean, words))


def _units(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    units: npt.NDArray[np.float64] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return units
