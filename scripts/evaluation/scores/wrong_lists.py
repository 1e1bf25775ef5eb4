"""None of these: how often lists of wrong labels are refused, and lists with a right one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from framed.scores.nothing import none_match
from scripts.evaluation.scores.judged import Figures
from scripts.evaluation.truth import Truth

Scores = npt.NDArray[np.float64]

LENGTHS = 1, 3, 10, 30
_DRAWS = 20  # lists of a photo
_SEED = 15


def refusals(z: Scores, truth: Truth) -> dict[str, Figures]:
    """By length, the share of lists of that many wrong labels that are refused, and of those with
    one right label, one that names what the photo is of, in place of a wrong one.

    `z` [P, N] is that of own labels. Labels are drawn by dice, the same each time, for photos that
    have core labels and wrong ones enough.
    """
    dice = np.random.default_rng(_SEED)
    figures: dict[str, Figures] = {}
    for length in LENGTHS:
        drawn = list(_lists(z, truth, length, dice))
        if drawn:
            wrong, right = zip(*drawn, strict=True)
            figures[f"lists of {length}"] = {
                "all wrong, refused": float(np.mean(wrong)),
                "one right, refused": float(np.mean(right)),
            }
    return figures


def _lists(
    z: Scores, truth: Truth, length: int, dice: np.random.Generator
) -> Iterator[tuple[bool, bool]]:
    for row, of_photo in enumerate(z):
        core = np.flatnonzero(truth.core[row] & truth.judged[row])
        others = np.flatnonzero(~truth.acceptable[row] & truth.judged[row])
        if not len(core) or len(others) < length or np.isnan(of_photo).any():
            continue
        for _ in range(_DRAWS):
            wrong = dice.choice(others, length, replace=False)
            right = np.append(wrong[1:], dice.choice(core))
            yield none_match(of_photo[wrong]), none_match(of_photo[right])
