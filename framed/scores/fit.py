"""From z to match: a slope, an offset and an offset a label, fitted to what is true of photos.

The least log loss over all judged pairs, with normal priors (maximum a posteriori). The same input
gives the same bits: no sum here depends on how work is shared among threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from framed.scores.match import OFFSET, SLOPE, sigmoid

Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SLOPE_PRIOR = (SLOPE, 0.5)  # mean and deviation
OFFSET_PRIOR = (OFFSET, 1.0)
OWN_OFFSET_PRIOR = (0.0, 1.0)

_STEPS, _HALVINGS = 50, 40  # far more than a convex loss takes
_STILL = 1e-10  # a step that moves nothing further than this is the last one


@dataclass(frozen=True, eq=False)
class _Line:
    """Where Newton's method stands: sigmoid(`slope` z + `offset` + `own` [N])."""

    slope: float
    offset: float
    own: Doubles

    def moved(self, step: _Line, share: float) -> _Line:
        return _Line(
            self.slope + share * step.slope,
            self.offset + share * step.offset,
            self.own + share * step.own,
        )

    def reach(self) -> float:
        return max(abs(self.slope), abs(self.offset), float(np.abs(self.own).max(initial=0.0)))


@dataclass(frozen=True, eq=False)
class _Pairs:
    """z, truth (0 or 1) and weight (0 where nobody judged), [P, N] float64."""

    z: Doubles
    true: Doubles
    weight: Doubles


def fit_line(z: Doubles, truth: Mask, judged: Mask) -> tuple[float, float]:
    """(slope, offset) for all labels alike, from z, what is true and what was judged, [P, N].

    Pairs without a z (NaN) are left out. Without any pair the priors' means come back; also where
    a label would be the less likely, the further it stands out.
    """
    found = _minimum(_pairs(z, truth, judged), own=False)
    return (found.slope, found.offset) if found.slope > 0 else (SLOPE, OFFSET)


def fit_offsets(z: Doubles, truth: Mask, judged: Mask) -> tuple[float, float, Doubles]:
    """(slope, offset, offsets [N]): as `fit_line`, together with an offset for each label.

    The slope is what it is: one that is not above 0 means that nothing can be learnt of these.
    """
    found = _minimum(_pairs(z, truth, judged), own=True)
    return found.slope, found.offset, found.own


def _pairs(z: Doubles, truth: Mask, judged: Mask) -> _Pairs:
    counted = judged & np.isfinite(z)
    return _Pairs(
        np.where(counted, z, 0.0),
        np.ascontiguousarray(truth & counted, np.float64),
        np.ascontiguousarray(counted, np.float64),
    )


def _minimum(pairs: _Pairs, *, own: bool) -> _Line:
    at = _Line(SLOPE_PRIOR[0], OFFSET_PRIOR[0], np.zeros(pairs.z.shape[1]))
    loss = _loss(at, pairs)
    for _ in range(_STEPS):
        step = _newton_step(at, pairs, own=own)
        at, loss, moved = _descend(at, step, loss, pairs)
        if moved <= _STILL:
            break
    return at


def _descend(at: _Line, step: _Line, loss: float, pairs: _Pairs) -> tuple[_Line, float, float]:
    """The whole step, or the first of its halves that does not lose; and how far it went."""
    share = 1.0
    for _ in range(_HALVINGS):
        tried = at.moved(step, share)
        if (reached := _loss(tried, pairs)) <= loss:
            return tried, reached, share * step.reach()
        share /= 2
    return at, loss, 0.0


def _logits(at: _Line, pairs: _Pairs) -> Doubles:
    logits: Doubles = at.slope * pairs.z + (at.offset + at.own)
    return logits


def _loss(at: _Line, pairs: _Pairs) -> float:
    logits = _logits(at, pairs)
    log_loss = pairs.weight * np.logaddexp(0.0, logits) - pairs.true * logits
    return float(log_loss.sum()) + _prior_loss(at)


def _prior_loss(at: _Line) -> float:
    ends = ((at.slope, SLOPE_PRIOR), (at.offset, OFFSET_PRIOR), (at.own, OWN_OFFSET_PRIOR))
    return float(sum(np.sum(((value - mean) / wide) ** 2) for value, (mean, wide) in ends)) / 2


def _newton_step(at: _Line, pairs: _Pairs, *, own: bool) -> _Line:
    """Minus the inverse Hessian times the gradient; offsets of labels stay where not `own`.

    They meet each other only in slope and offset: the Hessian is an arrow, a diagonal [N] with two
    full rows, and is solved by taking the diagonal out (Schur's complement).
    """
    likely = sigmoid(_logits(at, pairs)) * pairs.weight
    curved = likely * (1.0 - likely)
    wrong = likely - pairs.true
    of_own = wrong.sum(axis=0)
    rows = np.stack([(curved * pairs.z).sum(axis=0), curved.sum(axis=0)])  # [2, N]
    shared = rows[0].sum()
    corner = np.array([[(curved * pairs.z**2).sum(), shared], [shared, rows[1].sum()]])
    corner += np.diag([SLOPE_PRIOR[1] ** -2, OFFSET_PRIOR[1] ** -2])
    ends = np.array([(wrong * pairs.z).sum(), of_own.sum()]) + _pull(at)
    diagonal = rows[1] + OWN_OFFSET_PRIOR[1] ** -2
    of_own = own * (of_own + (at.own - OWN_OFFSET_PRIOR[0]) / OWN_OFFSET_PRIOR[1] ** 2)
    scaled = own * rows / diagonal
    taken_out = np.array([[(row * other).sum() for other in rows] for row in scaled])
    slope, offset = _solve(corner - taken_out, (scaled * of_own).sum(axis=1) - ends)
    return _Line(slope, offset, -of_own / diagonal - slope * scaled[0] - offset * scaled[1])


def _pull(at: _Line) -> Doubles:
    """The priors' gradient of slope and offset."""
    return np.array(
        [
            (at.slope - SLOPE_PRIOR[0]) / SLOPE_PRIOR[1] ** 2,
            (at.offset - OFFSET_PRIOR[0]) / OFFSET_PRIOR[1] ** 2,
        ]
    )


def _solve(matrix: Doubles, vector: Doubles) -> tuple[float, float]:
    """A symmetric system of two, by hand."""
    (a, b), (_, d) = matrix
    determinant = a * d - b * b
    return (
        float((d * vector[0] - b * vector[1]) / determinant),
        float((a * vector[1] - b * vector[0]) / determinant),
    )
