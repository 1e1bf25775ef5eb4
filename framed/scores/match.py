"""match: from z to how surely a label applies, 0..1."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

SHARE = 0.136  # of the pairs of reference photos and default labels that are true
SLOPE, OFFSET = 1.0, -2.3  # where neither can be fitted
THRESHOLD = 0.3


def sigmoid(logits: Doubles) -> Doubles:
    """1 / (1 + exp(-x)) without overflow; NaN stays NaN."""
    halves: Doubles = 0.5 + 0.5 * np.tanh(0.5 * logits)
    return halves


def share_logit(share: float) -> float:
    """What an expected share adds to the logit of a match: 0 at the share of the reference."""
    return _logit(share) - _logit(SHARE)


def _logit(share: float) -> float:
    return math.log(share / (1 - share))
