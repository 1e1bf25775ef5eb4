"""The arithmetic of the evaluation: scores [P, N] and truth in, figures in 0..1 out; pure.

A figure is None where the list has nothing to measure it on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from runners.clip.ranking import softmax
from scripts.evaluation.truth import Mask, Truth

Scores = npt.NDArray[np.float64]
Order = npt.NDArray[np.int64]
TOP = 5
BINS = 10
_LEAST = 3  # photos for and against a label before its AUROC means anything


@dataclass(frozen=True)
class Reliability:
    """How far confidence means something: per bin of the first label's share, and overall.

    `confidence` and `accuracy` are means over a bin's photos (0 where it is empty), `counts` its
    photos. `expected_error` is the mean distance of the two, weighted by counts.
    """

    counts: tuple[int, ...]
    confidence: tuple[float, ...]
    accuracy: tuple[float, ...]
    mean_confidence: float
    mean_accuracy: float
    expected_error: float


def best_first(scores: Scores, truth: Truth) -> Order:
    """Label indices [P, N] by falling score, ties by order; labels not judged come last."""
    return np.argsort(-_judged_only(scores, truth), axis=1, kind="stable").astype(np.int64)


def first_is_acceptable(order: Order, truth: Truth) -> float:
    """Share of photos whose first label may be said of them."""
    return float(_picked(truth.acceptable, order[:, :1]).mean())


def precision(order: Order, truth: Truth, top: int = TOP) -> float:
    """Share of the first `top` labels that may be said of their photo."""
    return float(_picked(truth.acceptable, order[:, :top]).mean())


def core_in_first(order: Order, truth: Truth, top: int = TOP) -> float | None:
    """Share of photos with core labels of which one is among the first `top`."""
    have = truth.core.any(axis=1)
    if not have.any():
        return None
    return float(_picked(truth.core, order[:, :top])[have].any(axis=1).mean())


def constant_order(truth: Truth, wanted: Mask) -> Order:
    """The best answer that is the same for every photo: labels by how many photos of `wanted`
    they fit, each counted only where no label before it fits (then by plain frequency)."""
    open_photos = np.ones(len(wanted), bool)
    chosen: list[int] = []
    frequency = wanted.sum(axis=0)
    for _ in range(wanted.shape[1]):
        gain = wanted[open_photos].sum(axis=0) * len(wanted) + frequency
        gain[chosen] = -1
        chosen.append(int(np.argmax(gain)))
        open_photos &= ~wanted[:, chosen[-1]]
    return np.tile(np.array(chosen, np.int64), (len(wanted), 1))


def frequent_order(wanted: Mask) -> Order:
    """Labels by how many photos they fit, the same for every photo."""
    order = np.argsort(-wanted.sum(axis=0), kind="stable").astype(np.int64)
    return np.tile(order, (len(wanted), 1))


def auroc(positive: Scores, negative: Scores) -> float:
    """Chance that a photo for scores above one against; ties count half."""
    both = np.concatenate([positive, negative])
    _, where, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # ranks from 1; the mean of those that tie
    total = float(ranks[where[: len(positive)]].sum())
    least = len(positive) * (len(positive) + 1) / 2
    return (total - least) / (len(positive) * len(negative))


def auroc_by_label(scores: Scores, truth: Truth) -> dict[str, float]:
    """AUROC of every label that at least three photos are for, and three against."""
    figures: dict[str, float] = {}
    for column, label in enumerate(truth.labels):
        judged = truth.judged[:, column]
        is_true = truth.acceptable[judged, column]
        values = scores[judged, column]
        if min(is_true.sum(), (~is_true).sum()) >= _LEAST:
            figures[label] = auroc(values[is_true], values[~is_true])
    return figures


def macro_auroc(scores: Scores, truth: Truth) -> float | None:
    """The mean of `auroc_by_label`."""
    figures = auroc_by_label(scores, truth)
    return float(np.mean(list(figures.values()))) if figures else None


def group_accuracy(
    scores: Scores, groups: Sequence[str | None], names: Sequence[str]
) -> dict[str, float]:
    """Share of each group's photos for which its own name scores highest; `scores` [P, G]."""
    guesses = [names[index] for index in scores.argmax(axis=1)]
    return {
        name: float(np.mean([guess == name for guess, it in zip(guesses, groups, strict=True)
                             if it == name]))
        for name in names
        if name in groups
    }  # fmt: skip


def confidences(scores: Scores, truth: Truth, temperature: float) -> tuple[Scores, Mask]:
    """The first label's share of softmax(score / temperature) over the whole bank, [P], and
    whether that label may be said of the photo. Photos whose first label nobody judged are out."""
    shares = np.array([softmax(row, temperature) for row in scores]).reshape(scores.shape)
    first = scores.argmax(axis=1)
    rows = np.arange(len(scores))
    judged = truth.judged[rows, first]
    return shares[rows, first][judged], truth.acceptable[rows, first][judged]


def reliability(confidence: Scores, right: Mask, bins: int = BINS) -> Reliability | None:
    """Confidence beside accuracy in `bins` equal steps of 0..1; None without any photo."""
    if not len(confidence):
        return None
    where = np.minimum((confidence * bins).astype(int), bins - 1)
    counts = np.bincount(where, minlength=bins)
    filled = np.maximum(counts, 1)
    mean_confidence = np.bincount(where, confidence, bins) / filled
    mean_accuracy = np.bincount(where, right.astype(float), bins) / filled
    error = float((counts * np.abs(mean_confidence - mean_accuracy)).sum() / counts.sum())
    return Reliability(
        tuple(map(int, counts)),
        tuple(map(float, mean_confidence)),
        tuple(map(float, mean_accuracy)),
        float(confidence.mean()),
        float(right.mean()),
        error,
    )


def in_first(scores: Scores, column: int, top: int) -> float:
    """Share of rows of [P, N] that have `column` among their `top` highest."""
    above = (scores > scores[:, column : column + 1]).sum(axis=1)
    return float((above < top).mean())


def one_of_ten(
    scores: Scores, columns: npt.NDArray[np.int64], dice: np.random.Generator, choices: int = 10
) -> npt.NDArray[np.bool_]:
    """Per photo of [P, W], whether its word `columns`[p] beats `choices` - 1 others by dice."""
    others = scores.shape[1]
    wins = np.empty(len(scores), bool)
    for row, own in enumerate(columns):
        pool = np.delete(np.arange(others), own)
        rivals = dice.choice(pool, min(choices - 1, others - 1), replace=False)
        wins[row] = bool((scores[row, own] > scores[row, rivals]).all())
    return wins


def _picked(mask: Mask, order: Order) -> Mask:
    return np.take_along_axis(mask, order, axis=1)


def _judged_only(scores: Scores, truth: Truth) -> Scores:
    return np.where(truth.judged, scores, -np.inf)
