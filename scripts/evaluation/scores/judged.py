"""The figures of one score: how it ranks, and how far its numbers mean what they say."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from framed.scores import judging
from scripts.evaluation import measures
from scripts.evaluation.truth import Truth

Scores = npt.NDArray[np.float64]
Figures = Mapping[str, float | None]

THRESHOLDS = 0.5, 0.3, 0.2


def figures_of(shares: Scores, truth: Truth) -> Figures:
    """Figures of `shares` [P, N] in 0..1; NaN, where there is none, is below all others."""
    known = np.where(np.isnan(shares), -np.inf, shares)
    order = measures.best_first(known, truth)
    pairs = judging.pairs_of(shares, truth.acceptable, truth.judged)
    return {
        "mAP": _mean_precision(shares, known, truth),
        "AUROC": measures.macro_auroc(known, truth),
        "micro AP": judging.average_precision(pairs),
        "core of 5": measures.core_in_first(order, truth),
        "p5": measures.precision(order, truth),
        "first right": measures.first_is_acceptable(order, truth),
        "ECE": judging.expected_error(pairs),
        "F1 at .5": judging.f1(pairs, 0.5),
        "F1 at .3": judging.f1(pairs, 0.3),
    }


def at_threshold(match: Scores, truth: Truth, threshold: float) -> Figures:
    """What is kept at a threshold: how much of it is right, how much of what is right, and how many
    labels a photo."""
    pairs = judging.pairs_of(match, truth.acceptable, truth.judged)
    return {
        "precision": judging.precision(pairs, threshold),
        "recall": judging.recall(pairs, threshold),
        "labels a photo": float((pairs.match >= threshold).sum() / len(match)),
    }


def reliability(shares: Scores, truth: Truth) -> measures.Reliability | None:
    """Share beside truth, of all pairs of a photo and a label."""
    pairs = judging.pairs_of(shares, truth.acceptable, truth.judged)
    return measures.reliability(pairs.match, pairs.true)


def _mean_precision(shares: Scores, known: Scores, truth: Truth) -> float | None:
    """The mean of the average precision of those labels that have an AUROC."""
    columns = [truth.labels.index(label) for label in measures.auroc_by_label(known, truth)]
    found = [
        judging.average_precision(
            judging.pairs_of(shares[:, at], truth.acceptable[:, at], truth.judged[:, at])
        )
        for at in columns
    ]
    told = [each for each in found if each is not None]
    return float(np.mean(told)) if told else None
