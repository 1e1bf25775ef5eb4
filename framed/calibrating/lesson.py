"""What photos teach a bank, and how much better its match becomes by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from framed.scores.calibration import Calibration
from framed.scores.judging import Pairs, pairs_of
from framed.scores.learn import calibrated_match, learn
from framed.scores.left_out import match_left_out
from framed.scores.match import sigmoid
from framed.scores.standing import Background, standing
from framed.scores.thresholds import threshold_of_precision, threshold_of_recall

Floats = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Lesson:
    """`photos` [P, D], what is `true` of them and `judged` [P, N], and the `labels` with their
    `rows` [N, D]; `slope` and `logits` [N] are those of a match that learnt nothing, and
    `serves` is what the bank serves with now, None: the former."""

    photos: Floats
    true: Mask
    judged: Mask
    labels: Sequence[str]
    rows: Floats
    background: Background
    slope: float
    logits: npt.NDArray[np.float64]
    serves: Calibration | None = None

    @property
    def always_true(self) -> list[str]:
        """The labels that are true of every photo that was judged on them."""
        true, judged = (self.true & self.judged).sum(axis=0), self.judged.sum(axis=0)
        counts = zip(self.labels, true, judged, strict=True)
        return [label for label, of, all_of in counts if 0 < of == all_of]

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
        return pairs_of(self._untaught(), self.true, self.judged)

    def _untaught(self) -> npt.NDArray[np.float64]:
        z = standing(self.photos, self.rows, self.background)
        return sigmoid(self.slope * z + self.logits)

    def served(self) -> tuple[Calibration, Pairs] | None:
        """What the bank serves with now, if it has learnt, and the match of the photos by it."""
        if self.serves is None:
            return None
        match = calibrated_match(self.photos, self.rows, self.labels, self.serves, self.background)
        known = np.array([label in self.serves.offsets for label in self.labels])
        served = np.where(known, match, self._untaught())
        return self.serves, pairs_of(served, self.true, self.judged)

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
    """The threshold of match that a wish comes to; None where none fulfils it, or none is there."""
    if recall is not None:
        return threshold_of_recall(after, recall)
    return None if precision is None else threshold_of_precision(after, precision)
