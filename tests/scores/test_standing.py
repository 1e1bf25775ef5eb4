"""z is what it says: nothing that is common to photos or to words moves it."""

from __future__ import annotations

import numpy as np
import pytest

from framed.scores.standing import Background, standing

DICE = np.random.default_rng(3)
PHOTOS = DICE.normal(size=(5, 8))
ROWS = DICE.normal(size=(4, 8))
WORDS = DICE.normal(size=(30, 8))
MEAN = PHOTOS.mean(axis=0)


def test_the_formula_by_hand() -> None:
    """(u.t - mean of u.g) / deviation of u.g, with u = v - r."""
    found = standing(PHOTOS[:1], ROWS, Background(MEAN, WORDS))[0]
    apart = PHOTOS[0] - MEAN
    of_words = [float(apart @ word) for word in WORDS]
    spread = float(np.sqrt(np.mean((np.array(of_words) - np.mean(of_words)) ** 2)))
    by_hand = [(float(apart @ row) - np.mean(of_words)) / spread for row in ROWS]
    np.testing.assert_allclose(found, by_hand, rtol=1e-12)


def test_an_offset_of_a_label_or_a_stretch_of_all_cosines_changes_nothing() -> None:
    """Checkpoints differ in both: a further dimension, the same in all photos, adds a constant to
    one label's cosine; longer words and labels stretch every cosine."""
    plain = standing(PHOTOS, ROWS, Background(MEAN, WORDS))
    photos = np.hstack([PHOTOS, np.full((5, 1), 0.4)])
    rows = np.hstack([ROWS, [[0.7], [0], [0], [0]]])
    words = np.hstack([WORDS, np.zeros((30, 1))])
    offset = standing(photos, rows, Background(photos.mean(axis=0), words))
    np.testing.assert_allclose(offset, plain, atol=1e-4)
    stretched = standing(PHOTOS, 3 * ROWS, Background(MEAN, 3 * WORDS))
    np.testing.assert_allclose(stretched, plain, atol=1e-4)


def test_a_label_is_the_same_alone_and_in_any_list() -> None:
    """No label of the list has a say in another's z."""
    background = Background(MEAN, WORDS)
    whole = standing(PHOTOS, ROWS, background)
    np.testing.assert_allclose(standing(PHOTOS, ROWS[2:3], background)[:, 0], whole[:, 2])
    np.testing.assert_allclose(standing(PHOTOS, ROWS[::-1], background), whole[:, ::-1])


@pytest.mark.parametrize("words", [np.ones((30, 8)), np.zeros((3, 8))])
def test_words_that_are_all_alike_give_no_z(words: np.ndarray) -> None:
    """There is nothing to stand out from: NaN, not infinity."""
    assert np.isnan(standing(PHOTOS, ROWS, Background(MEAN, words))).all()
    assert np.isnan(standing(MEAN[None], ROWS, Background(MEAN, WORDS))).all()
