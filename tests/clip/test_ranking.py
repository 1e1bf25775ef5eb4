"""Ranking is plain arithmetic; ten numbers are enough to pin it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from framed.results import Adjustment
from runners.clip import ranking


def test_cosines_of_unit_rows() -> None:
    """A row's cosine with itself is 1, with its opposite -1, with a right angle 0."""
    rows = np.array([[1, 0], [-1, 0], [0, 1]], np.float32)
    assert ranking.cosines(rows[0], rows).tolist() == [1, -1, 0]


def test_cosines_never_leave_their_range() -> None:
    """Rounding cannot push a cosine over 1."""
    vector = np.full(3, np.float32(math.sqrt(1 / 3)) * np.float32(1.0001), np.float32)
    assert ranking.cosines(vector, vector[None])[0] <= 1


@pytest.mark.parametrize("temperature", [1e-300, 1e-6, 0.01, 1, 100])
def test_softmax_sums_to_one_at_any_temperature(temperature: float) -> None:
    """No temperature gives NaN, and the shares are whole."""
    shares = ranking.softmax(np.array([0.3, 0.2, -0.9]), temperature)
    assert shares.sum() == pytest.approx(1)
    assert np.isfinite(shares).all()


def test_softmax_is_the_textbook_formula() -> None:
    """exp(score / temperature), normalized."""
    scores = np.array([0.31, 0.28, 0.1])
    expected = np.exp(scores / 0.01) / np.exp(scores / 0.01).sum()
    np.testing.assert_allclose(ranking.softmax(scores, 0.01), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("asked", "available", "used"), [(5, 50, 5), (99, 50, 10), (0, 50, 1), (-3, 2, 1), (5, 3, 3)]
)
def test_top_k_is_held_within_reach_and_says_so(asked: int, available: int, used: int) -> None:
    """1..min(10, available); a moved value is reported with what was asked."""
    expected = () if asked == used else (Adjustment("top_k", asked, used),)
    assert ranking.clamp_top_k(asked, available) == (used, expected)


@pytest.mark.parametrize(("asked", "used"), [(20, 20), (80, 30), (40, 30)])
def test_a_question_may_allow_more_labels(asked: int, used: int) -> None:
    """Where the operator lets a route answer more than ten."""
    assert ranking.clamp_top_k(asked, 50, most=30)[0] == used
    assert ranking.clamp_top_k(asked, 20, most=30)[0] == 20


@pytest.mark.parametrize("most", [1, 10, 10_000])
def test_all_is_the_whole_list(most: int) -> None:
    """Whatever number is the largest; nothing had to be moved for it."""
    assert ranking.clamp_top_k("all", 600, most=most) == (600, ())


def test_top_k_that_nobody_asked_for_is_not_reported() -> None:
    """The default shrinks silently to a small bank."""
    assert ranking.clamp_top_k(None, 3) == (3, ())
    assert ranking.clamp_top_k(None, 50) == (5, ())
