"""The threshold of match that a wish comes to: so many of the true labels, or so few wrong ones."""

from __future__ import annotations

import math

import numpy as np

from framed.scores.judging import Pairs


def threshold_of_recall(pairs: Pairs, wanted: float) -> float | None:
    """The highest threshold that keeps a new true pair with a chance of at least `wanted`.

    Split conformal prediction: with n true pairs whose match was learnt without them, it is the
    k-th lowest of these, k = floor((n + 1) (1 - wanted)); 0 where they are too few to promise it.
    None without any true pair.
    """
    kept = np.sort(pairs.match[pairs.true])
    if not len(kept):
        return None
    rank = math.floor((len(kept) + 1) * (1 - wanted) + 1e-9)
    return float(kept[min(rank, len(kept)) - 1]) if rank else 0.0


def threshold_of_precision(pairs: Pairs, wanted: float) -> float | None:
    """The lowest threshold above which at least `wanted` of the pairs are true; None: there is
    none."""
    order = np.argsort(-pairs.match, kind="stable")
    match, true = pairs.match[order], pairs.true[order]
    shares = np.cumsum(true) / np.arange(1, len(true) + 1)
    ends = np.append(np.diff(match) < 0, True) if len(match) else np.zeros(0, bool)
    good = np.flatnonzero((shares >= wanted) & ends)
    return float(match[good[-1]]) if len(good) else None
