"""A wish for recall or precision, and the threshold that it comes to."""

from __future__ import annotations

import numpy as np
import pytest

from framed.scores.judging import Pairs, precision, recall
from framed.scores.thresholds import least_true, threshold_of_precision, threshold_of_recall

NINE = Pairs(np.arange(1, 10) / 10, np.ones(9, bool))


@pytest.mark.parametrize(("wanted", "threshold"), [(0.9, 0.1), (0.8, 0.2), (0.5, 0.5), (0.1, 0.9)])
def test_a_new_true_pair_is_kept_with_the_wanted_chance(wanted: float, threshold: float) -> None:
    """Of nine true pairs the k-th lowest, k = 10 (1 - wanted)."""
    assert threshold_of_recall(NINE, wanted) == threshold


def test_too_few_true_pairs_promise_nothing() -> None:
    """Nine cannot promise 95 %."""
    assert threshold_of_recall(NINE, 0.95) is None


@pytest.mark.parametrize("wanted", [0.01, 0.1, 0.5, 0.7, 0.75, 0.9, 0.95, 0.99, 0.999])
def test_so_many_true_pairs_are_needed(wanted: float) -> None:
    """As many as are told promise it, and one fewer does not."""
    least = least_true(wanted)
    few, enough = (Pairs(np.full(n, 0.5), np.ones(n, bool)) for n in (least - 1, least))
    assert threshold_of_recall(few, wanted) is None
    assert threshold_of_recall(enough, wanted) == 0.5


def test_a_threshold_of_recall_is_rounded_down() -> None:
    """So that it keeps what it was sought for."""
    assert threshold_of_recall(Pairs(np.array([0.56789]), np.ones(1, bool)), 0.5) == 0.5678


def test_new_pairs_keep_the_promise() -> None:
    """In the mean over many draws at least 90 % of them are kept, and hardly more."""
    dice = np.random.default_rng(5)
    kept = []
    for _ in range(400):
        known, new = dice.random(59), dice.random(200)
        threshold = threshold_of_recall(Pairs(known, np.ones(59, bool)), 0.9)
        kept.append(recall(Pairs(new, np.ones(200, bool)), threshold or 0.0))
    assert 0.89 < np.mean(np.array(kept, float)) < 0.92


def test_the_lowest_threshold_of_a_precision() -> None:
    """The longest head of the list of which enough is true; those that tie stay together."""
    pairs = Pairs(np.array([0.9, 0.8, 0.7, 0.6, 0.6]), np.array([True, False, True, True, False]))
    assert threshold_of_precision(pairs, 0.6) == 0.6
    assert threshold_of_precision(pairs, 0.65) == 0.7
    assert threshold_of_precision(pairs, 1.0) == 0.9
    assert precision(pairs, 0.7) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("wrong", "threshold"), [(0.5, 0.9876), (0.98761, 0.98765), (0.98765 - 1e-12, 0.98765)]
)
def test_a_threshold_of_precision_lets_no_further_pair_in(wrong: float, threshold: float) -> None:
    """Rounded down only as far as that goes."""
    pairs = Pairs(np.array([0.98765, wrong]), np.array([True, False]))
    found = threshold_of_precision(pairs, 0.9)
    assert found == threshold
    assert precision(pairs, found) == 1.0


def test_the_promise_of_a_precision_is_kept() -> None:
    """On the pairs that it was computed from, whatever these are."""
    dice = np.random.default_rng(3)
    for _ in range(200):
        pairs = Pairs(dice.random(50) ** 20, dice.random(50) < 0.6)
        found = threshold_of_precision(pairs, 0.7)
        assert found is None or (precision(pairs, found) or 0.0) >= 0.7


def test_without_anything_true_there_is_none() -> None:
    """Neither of recall nor of precision."""
    wrong = Pairs(np.array([0.5, 0.4]), np.zeros(2, bool))
    nothing = Pairs(np.zeros(0), np.zeros(0, bool))
    for pairs in (wrong, nothing):
        assert threshold_of_recall(pairs, 0.9) is None
        assert threshold_of_precision(pairs, 0.1) is None
