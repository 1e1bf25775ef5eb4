"""What examples of the list itself are worth: learnt from some photos, measured on others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from framed.scores import judging
from framed.scores.fit import fit_line
from framed.scores.learn import calibrated_match, learn
from framed.scores.match import sigmoid
from framed.scores.standing import Background, standing
from runners.clip.banks.bank import LabelBank
from scripts.evaluation.scores.judged import Figures
from scripts.evaluation.truth import Mask, Truth

Scores = npt.NDArray[np.float64]
Rows = npt.NDArray[np.floating]

COUNTS = 10, 20, 44, 118
_SPLITS = 4


@dataclass(frozen=True, eq=False)
class Judged:
    """Unit vectors `photos` [P, D], what is `true` of them and what was `judged`, [P, N]."""

    photos: Rows
    true: Mask
    judged: Mask

    def __getitem__(self, some: npt.NDArray[np.intp]) -> Judged:
        return Judged(self.photos[some], self.true[some], self.judged[some])


Lesson = Callable[[Judged, Rows, LabelBank, Background], Scores]


def by_line(examples: Judged, photos: Rows, bank: LabelBank, background: Background) -> Scores:
    """match [P, N] of `photos` by a slope and an offset for all labels alike."""
    z = standing(examples.photos, bank.embeddings, background)
    slope, offset = fit_line(z, examples.true & examples.judged, examples.judged)
    return sigmoid(slope * standing(photos, bank.embeddings, background) + offset)


def by_offsets(examples: Judged, photos: Rows, bank: LabelBank, background: Background) -> Scores:
    """The same by an offset for each label besides."""
    return _learnt(examples, photos, bank, background, prototypes=False)


def by_prototypes(
    examples: Judged, photos: Rows, bank: LabelBank, background: Background
) -> Scores:
    """The same by prototypes besides."""
    return _learnt(examples, photos, bank, background, prototypes=True)


LESSONS: Mapping[str, Lesson] = {
    "slope and offset": by_line,
    "+ offset per label": by_offsets,
    "+ prototypes": by_prototypes,
}


def by_examples(
    photos: Rows, bank: LabelBank, background: Background, truth: Truth
) -> dict[str, Figures]:
    """By what is learnt and from how many photos of one half, figures on the other half, means of
    some splits by dice that fall the same each time. `photos` [P, D] are those of `truth`."""
    everything = Judged(photos, truth.acceptable, truth.judged)
    halves = list(_halves(everything))
    counts = [count for count in COUNTS if count <= len(photos) // 2]
    return {
        f"{name}, {count} photos": _mean(
            [
                _figures(lesson(half[np.arange(count)], other.photos, bank, background), other)
                for half, other in halves
            ]
        )
        for name, lesson in LESSONS.items()
        for count in counts
    }


def _learnt(
    examples: Judged, photos: Rows, bank: LabelBank, background: Background, *, prototypes: bool
) -> Scores:
    rows, labels, true, judged = bank.embeddings, bank.labels, examples.true, examples.judged
    calibration = learn(
        examples.photos, rows, labels, true, judged, background, key="", prototypes=prototypes
    )
    return calibrated_match(photos, rows, labels, calibration, background)


def _figures(match: Scores, other: Judged) -> Figures:
    pairs = judging.pairs_of(match, other.true, other.judged)
    return {
        "micro AP": judging.average_precision(pairs),
        "ECE": judging.expected_error(pairs),
        "F1 at .5": judging.f1(pairs, 0.5),
    }


def _halves(everything: Judged) -> Iterator[tuple[Judged, Judged]]:
    photos = len(everything.photos)
    for seed in range(_SPLITS):
        order = np.random.default_rng(seed).permutation(photos)
        yield everything[order[: photos // 2]], everything[order[photos // 2 :]]


def _mean(splits: Sequence[Figures]) -> Figures:
    """Of each figure, over the splits that have it."""
    found = {
        name: [value for each in splits if (value := each[name]) is not None] for name in splits[0]
    }
    return {name: float(np.mean(each)) if each else None for name, each in found.items()}
