"""The figures of one score, on ten numbers."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.evaluation.scores.judged import at_threshold, figures_of, reliability
from scripts.evaluation.truth import Truth

SHARES = np.array([[0.9, 0.6, 0.1], [0.2, 0.4, np.nan]])
TRUE = np.array([[True, False, False], [False, True, False]])
TRUTH = Truth(("a", "b", "c"), TRUE, TRUE, np.ones_like(TRUE))


def test_a_label_without_a_share_is_out_of_the_pairs() -> None:
    """Four pairs are left below .9, and the one without a share comes last in its photo."""
    found = figures_of(SHARES, TRUTH)
    assert found["micro AP"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["first right"] == 1.0
    assert found["F1 at .5"] == 0.5
    together = reliability(SHARES, TRUTH)
    assert together is not None
    assert sum(together.counts) == 5


def test_macro_figures_need_photos_for_and_against() -> None:
    """Two photos tell nothing of a label's AUROC, nor of its precision."""
    found = figures_of(SHARES, TRUTH)
    assert (found["mAP"], found["AUROC"]) == (None, None)
    many = Truth(("a",), *[np.array([[True], [False]] * 3)] * 2, np.ones((6, 1), bool))
    found = figures_of(np.array([[0.9], [0.1]] * 3), many)
    assert (found["mAP"], found["AUROC"]) == (1.0, 1.0)


def test_what_a_threshold_keeps() -> None:
    """Three pairs are kept, two of them right, all that is true among them."""
    found = at_threshold(SHARES, TRUTH, 0.3)
    assert found["precision"] == pytest.approx(2 / 3)
    assert (found["recall"], found["labels a photo"]) == (1.0, 1.5)
