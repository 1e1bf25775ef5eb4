"""The last step from z to match."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from framed.bank_structure import SHARES
from framed.scores.match import SHARE, share_logit, sigmoid


def test_sigmoid_is_the_textbook_formula_and_never_overflows() -> None:
    """1 / (1 + exp(-x)), also where exp would not fit."""
    values = np.array([-2.0, 0.0, 3.0])
    np.testing.assert_allclose(sigmoid(values), 1 / (1 + np.exp(-values)), rtol=1e-12)
    assert sigmoid(np.array([-1e9, 1e9])).tolist() == [0.0, 1.0]
    assert np.isnan(sigmoid(np.array([np.nan]))[0])


def test_a_larger_share_says_more_and_the_usual_one_nothing() -> None:
    """Strictly, over the whole range; nothing is added at the share of the reference."""
    logits = [share_logit(share) for share in np.linspace(*SHARES, 50)]
    assert all(low < high for low, high in pairwise(logits))
    assert share_logit(SHARE) == 0
    assert share_logit(0.5) == pytest.approx(-math.log(SHARE / (1 - SHARE)))
