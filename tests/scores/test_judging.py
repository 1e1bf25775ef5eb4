"""Figures of match, on pairs few enough to work out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from framed.scores import judging
from framed.scores.judging import Pairs, pairs_of

FOUR = Pairs(np.array([0.9, 0.8, 0.35, 0.1]), np.array([True, False, True, False]))
NOTHING = Pairs(np.zeros(0), np.zeros(0, bool))
NOTHING_TRUE = Pairs(np.array([0.5]), np.array([False]))


def test_only_judged_pairs_with_a_match_count() -> None:
    """What nobody judged, and photos without a match, are out."""
    match = np.array([[0.1, 0.2], [np.nan, 0.4]])
    truth = np.array([[True, False], [True, True]])
    found = pairs_of(match, truth, np.array([[True, False], [True, True]]))
    assert found.match.tolist() == [0.1, 0.4]
    assert found.true.tolist() == [True, True]


def test_average_precision_by_hand() -> None:
    """True pairs stand first and third: (1 + 2/3) / 2."""
    assert judging.average_precision(FOUR) == pytest.approx((1 + 2 / 3) / 2)


def test_pairs_that_tie_have_one_precision() -> None:
    """Whatever their order, a constant score comes to the share of true pairs."""
    for true in ([True, False, False, False], [False, False, False, True]):
        assert judging.average_precision(Pairs(np.full(4, 0.5), np.array(true))) == 0.25


def test_expected_error_by_hand() -> None:
    """Each pair in a bin of its own: the mean distance of match and truth; 1.0 is in the last."""
    assert judging.expected_error(FOUR) == pytest.approx((0.1 + 0.8 + 0.65 + 0.1) / 4)
    assert judging.expected_error(Pairs(np.array([1.0]), np.array([True]))) == 0.0


@pytest.mark.parametrize(
    ("threshold", "precision", "recall", "f1"),
    [(0.9, 1.0, 0.5, 2 / 3), (0.35, 2 / 3, 1.0, 0.8), (0.95, None, 0.0, 0.0)],
)
def test_at_a_threshold(
    threshold: float, precision: float | None, recall: float, f1: float
) -> None:
    """A match of the threshold itself is kept."""
    assert judging.precision(FOUR, threshold) == pytest.approx(precision)
    assert judging.recall(FOUR, threshold) == recall
    assert judging.f1(FOUR, threshold) == pytest.approx(f1)


def test_nothing_to_measure_on_is_none() -> None:
    """No figure is made up."""
    assert judging.expected_error(NOTHING) is None
    for empty in (NOTHING, NOTHING_TRUE):
        assert judging.average_precision(empty) is None
        assert judging.recall(empty, 0.5) is None
        assert judging.f1(empty, 0.5) is None
