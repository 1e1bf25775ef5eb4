"""The threshold of match that a wish comes to: so many of the true labels, or so few wrong ones."""

from __future__ import annotations

import math

import numpy as np

from framed.scores.judging import Pairs

_DIGITS = 4  # of a threshold, behind the point, where they are enough
_MOST_DIGITS = 15
_TINY = 1e-9  # what is no rank more or less, but rounding


def threshold_of_recall(pairs: Pairs, wanted: float) -> float | None:
    """The highest threshold that keeps a new true pair with a chance of at least `wanted`, rounded
    down.

    Split conformal prediction: with n true pairs whose match was learnt without them, it is the
    k-th lowest of these, k = floor((n + 1) (1 - wanted)). None where they are too few to promise
    it (`least_true`).
    """
    kept = np.sort(pairs.match[pairs.true])
    rank = math.floor((len(kept) + 1) * (1 - wanted) + _TINY)
    if not len(kept) or not rank:
        return None
    return _rounded_down(float(kept[min(rank, len(kept)) - 1]), _DIGITS)


def least_true(wanted: float) -> int:
    """How many true pairs it takes to promise `wanted` (0..1, both excluded) of new ones."""
    return max(1, math.ceil((1 - _TINY) / (1 - wanted)) - 1)


def threshold_of_precision(pairs: Pairs, wanted: float) -> float | None:
    """The lowest threshold above which at least `wanted` of the pairs are true, rounded down as far
    as no further pair comes in by it; None: there is none."""
    order = np.argsort(-pairs.match, kind="stable")
    match, true = pairs.match[order], pairs.true[order]
    shares = np.cumsum(true) / np.arange(1, len(true) + 1)
    ends = np.append(np.diff(match) < 0, True) if len(match) else np.zeros(0, bool)
    good = np.flatnonzero((shares >= wanted) & ends)
    if not len(good):
        return None
    below = match[good[-1] + 1 :].max(initial=-np.inf)
    return _shortest(float(match[good[-1]]), float(below))


def _shortest(threshold: float, below: float) -> float:
    """What is above `below` and at most `threshold`, in as few digits as there are."""
    for digits in range(_DIGITS, _MOST_DIGITS):
        if below < (rounded := _rounded_down(threshold, digits)) <= threshold:
            return rounded
    return threshold


def _rounded_down(threshold: float, digits: int) -> float:
    steps: int = 10**digits
    return math.floor(threshold * steps) / steps
