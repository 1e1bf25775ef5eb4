"""What photos teach a bank, and how much better its match becomes by it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from framed.scores.calibration import Calibration
from framed.scores.judging import Pairs, pairs_of
from framed.scores.learn import learn
from framed.scores.left_out import match_left_out
from framed.scores.match import sigmoid
from framed.scores.standing import Background, standing
from framed.scores.thresholds import threshold_of_precision, threshold_of_recall

Floats = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]

_STEPS = 10_000  # of a threshold, which is rounded down


@dataclass(frozen=True, eq=False)
class Lesson:
    """`photos` [P, D], what is `true` of them and `judged` [P, N], and the `labels` with their
    `rows` [N, D]; `slope` and `logits` [N] are those of a match that learnt nothing."""

    photos: Floats
    true: Mask
    judged: Mask
    labels: Sequence[str]
    rows: Floats
    background: Background
    slope: float
    logits: npt.NDArray[np.float64]

    def learnt(self, key: str, *, prototypes: bool) -> Calibration:
        """The calibration; raises `ValueError` without any photo."""
        return learn(
            self.photos,
            self.rows,
            self.labels,
            self.true,
            self.judged,
            self.background,
            key=key,
            prototypes=prototypes,
            source="file",
        )

    def before(self) -> Pairs:
        """The match of the photos by a bank that learnt nothing."""
        z = standing(self.photos, self.rows, self.background)
        return pairs_of(sigmoid(self.slope * z + self.logits), self.true, self.judged)

    def after(
        self,
        *,
        prototypes: bool,
        shown: Callable[[Sequence[npt.NDArray[np.int64]]], Iterable[npt.NDArray[np.int64]]] = iter,
    ) -> Pairs:
        """The match of each photo as learnt from the others."""
        match = match_left_out(
            self.photos,
            self.rows,
            self.true,
            self.judged,
            self.background,
            prototypes=prototypes,
            shown=shown,
        )
        return pairs_of(match, self.true, self.judged)


def threshold_for(after: Pairs, *, recall: float | None, precision: float | None) -> float | None:
    """The threshold of match that a wish comes to, rounded down; None where none fulfils it."""
    if recall is not None:
        found = threshold_of_recall(after, recall)
    elif precision is not None:
        found = threshold_of_precision(after, precision)
    else:
        found = None
    return None if found is None else math.floor(found * _STEPS) / _STEPS
