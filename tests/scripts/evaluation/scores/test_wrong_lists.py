"""Lists of wrong labels, and lists with a right one."""

from __future__ import annotations

import numpy as np

from scripts.evaluation.scores.wrong_lists import (
    REFUSED,
    TOLD,
    highest_share,
    refusals,
    told_apart,
    told_lists,
)
from scripts.evaluation.truth import Truth

LABELS = tuple("abcdefghijkl")
TRUE = np.array([[at == 0 for at in range(12)]])
TRUTH = Truth(LABELS, TRUE, TRUE, np.ones_like(TRUE))


def test_what_stands_out_saves_its_list() -> None:
    """Every wrong list is refused, none with the right label is; thirty labels there are not."""
    found = refusals(np.array([[4.0] + [-1.0] * 11]), TRUTH)
    assert list(found) == ["lists of 1", "lists of 3", "lists of 10"]
    for figures in found.values():
        assert figures == {"all wrong, refused": 1.0, "one right, refused": 0.0}


def test_dice_fall_the_same_each_time() -> None:
    """Twice the same z, twice the same figures."""
    z = np.random.default_rng(1).normal(size=(1, 12))
    assert refusals(z, TRUTH) == refusals(z, TRUTH)


def test_photos_that_cannot_tell_are_left_out() -> None:
    """Neither without a z nor without a core label is there a list."""
    assert refusals(np.full((1, 12), np.nan), TRUTH) == {}
    coreless = Truth(LABELS, TRUE, np.zeros_like(TRUE), TRUTH.judged)
    assert refusals(np.zeros((1, 12)), coreless) == {}


def test_scores_that_know_tell_all_lists_apart() -> None:
    """Whatever their zero is; scores that know nothing tell as much as chance."""
    scores = np.array([[4.0] + [-1.0] * 11])
    lists = told_lists(TRUTH)
    assert lists.wrong.shape == lists.right.shape
    assert told_apart(scores - 9, lists) == {TOLD: 1.0, REFUSED: 1.0}
    assert told_apart(np.zeros((1, 12)), lists) == {TOLD: 0.5, REFUSED: 0.0}
    assert told_apart(scores, lists, highest_share) == {TOLD: 1.0, REFUSED: 1.0}
    assert told_apart(scores * np.nan, lists) == {TOLD: None, REFUSED: None}


def test_a_share_of_the_list_has_no_zero() -> None:
    """Two alike halve it, however high both are."""
    assert np.exp(highest_share(np.array([[7.0, 7.0], [7.0, -99.0]]))).round(6).tolist() == [0.5, 1]
