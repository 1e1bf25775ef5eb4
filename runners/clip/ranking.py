"""Cosine, softmax, top k: pure arithmetic on unit vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from framed.questions import ALL, DEFAULT_TOP_K, MAX_TOP_K, TopK
from framed.results import Adjustment, Embedding, RankedLabel
from framed.scores.products import products

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def cosines(embedding: Embedding, rows: Floats) -> Doubles:
    """Cosine of a unit vector [D] with each unit row of [N, D]: float64 [N] in -1..1."""
    return np.clip(products(embedding, rows), -1.0, 1.0)


def softmax(scores: Doubles, temperature: float) -> Doubles:
    """Shares of `scores / temperature` that sum to 1; stable for any temperature > 0."""
    with np.errstate(over="ignore", under="ignore"):
        weights = np.exp((scores - scores.max()) / temperature)
    shares: Doubles = weights / weights.sum()
    return shares


def shares_of(scores: Doubles, temperature: float, apart: Mask | None = None) -> Doubles:
    """The share of each label [N], by `scores`, of which those that are `apart` [N] change none of
    the others'.

    The others are among themselves: the softmax of theirs. One that is apart has the share that it
    would have among them in the place of the best, where it scores higher, or beside it, where it
    does not. So a higher score is never a lower share.
    """
    if apart is None or not apart.any():
        return softmax(scores, temperature)
    shares, others = np.empty_like(scores), scores[~apart]
    shares[~apart] = softmax(others, temperature)
    best = others.argmax()
    rest = _weights(np.delete(others, best) - others[best], temperature).sum()
    lead = scores[apart] - others[best]
    behind = _weights(np.minimum(lead, 0.0), temperature)
    ahead = _weights(-np.maximum(lead, 0.0), temperature)  # of the best, where it is beaten
    shares[apart] = behind / (1 + rest * ahead)
    return shares


def _weights(gaps: Doubles, temperature: float) -> Doubles:
    with np.errstate(over="ignore", under="ignore"):
        weights: Doubles = np.exp(gaps / temperature)
    return weights


def clamp_top_k(
    asked: TopK | None, available: int, most: int = MAX_TOP_K
) -> tuple[int, tuple[Adjustment, ...]]:
    """`asked` held within 1..min(most, available), and the adjustment if it had to move; "all"
    is `available`, whatever `most` says."""
    if asked == ALL:
        return available, ()
    if asked is None:
        return min(DEFAULT_TOP_K, available), ()
    used = max(1, min(asked, most, available))
    return used, () if used == asked else (Adjustment("top_k", asked, used),)


def rank(
    labels: Sequence[str], scores: Doubles, temperature: float, apart: Mask | None = None
) -> tuple[RankedLabel, ...]:
    """Every label with its share and cosine, in the order of `labels`; `apart` as in
    `shares_of`."""
    shares = shares_of(scores, temperature, apart)
    return tuple(
        RankedLabel(label, float(share), float(score))
        for label, share, score in zip(labels, shares, scores, strict=True)
    )
