"""How good a match is, held against what is true: figures in 0..1 over all judged pairs pooled.

A figure is None where there is nothing to measure it on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

BINS = 10


@dataclass(frozen=True, eq=False)
class Pairs:
    """Judged pairs of a photo and a label: `match` of each, and whether it is `true`, [n]."""

    match: Doubles
    true: Mask


def pairs_of(match: Doubles, truth: Mask, judged: Mask) -> Pairs:
    """The pairs of match [P, N], truth and what was judged."""
    counted = judged & np.isfinite(match)
    return Pairs(match[counted], truth[counted])


def average_precision(pairs: Pairs) -> float | None:
    """The mean, over true pairs, of the precision at their match; pairs that tie stand together."""
    if not pairs.true.any():
        return None
    order = np.argsort(-pairs.match, kind="stable")
    match, true = pairs.match[order], pairs.true[order]
    last = np.append(np.flatnonzero(np.diff(match)), len(match) - 1)  # of those that tie
    found = np.cumsum(true)[last]
    gained = np.diff(found, prepend=0) / found[-1]
    return float((gained * found / (last + 1)).sum())


def expected_error(pairs: Pairs, bins: int = BINS) -> float | None:
    """The distance of mean match and share of true pairs in equal steps of 0..1, weighted (ECE)."""
    if not len(pairs.match):
        return None
    where = np.minimum((pairs.match * bins).astype(int), bins - 1)
    likely = np.bincount(where, pairs.match, bins)
    true = np.bincount(where, pairs.true.astype(np.float64), bins)
    return float(np.abs(likely - true).sum() / len(pairs.match))


def precision(pairs: Pairs, threshold: float) -> float | None:
    """Share of true ones among the pairs with a match of at least `threshold`."""
    kept = pairs.match >= threshold
    return float(pairs.true[kept].mean()) if kept.any() else None


def recall(pairs: Pairs, threshold: float) -> float | None:
    """Share of the true pairs that have a match of at least `threshold`."""
    return float((pairs.match[pairs.true] >= threshold).mean()) if pairs.true.any() else None


def f1(pairs: Pairs, threshold: float) -> float | None:
    """The harmonic mean of precision and recall; 0 where nothing true is kept."""
    if not pairs.true.any():
        return None
    kept = pairs.match >= threshold
    return float(2 * (kept & pairs.true).sum() / (kept.sum() + pairs.true.sum()))
