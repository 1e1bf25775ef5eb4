"""Scores beside match: what is taken off, and how they become shares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scripts.evaluation.scores import rivals
from scripts.evaluation.scores.rivals import RIVALS, as_share
from tests.scripts.evaluation.scores.colours import COLOURS, Eye, read, served

ASKED = served()
REFERENCE = ASKED.reference
ROWS = ASKED.own.bank.embeddings
WORDS = REFERENCE.background.words
SEEN = Eye().see(Eye().look(read(colour))[0] for colour in COLOURS)


def test_a_label_s_mean_over_reference_photos_is_nothing() -> None:
    """What is left is how a photo differs from them, or that in deviations."""
    scores = rivals.less_label(REFERENCE.photos, REFERENCE.rows, REFERENCE)
    np.testing.assert_allclose(scores.mean(axis=0), 0, atol=1e-6)
    scores = rivals.by_label(REFERENCE.photos, REFERENCE.rows, REFERENCE)
    np.testing.assert_allclose(scores.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(scores.std(axis=0), 1, atol=1e-6)


def test_everyday_words_are_nothing_in_the_mean() -> None:
    """Of any photo, whatever else is taken off."""
    for rival in (rivals.less_photo, rivals.centred, rivals.z, rivals.z_less(0.5)):
        np.testing.assert_allclose(rival(SEEN, WORDS, REFERENCE).mean(axis=1), 0, atol=1e-6)


def test_less_of_the_mean_leads_from_z_to_the_photo_s_own() -> None:
    """All of it is z; nothing of it is the cosine in the photo's deviations over the words."""
    whole = rivals.z_less(1.0)(SEEN, ROWS, REFERENCE)
    np.testing.assert_array_equal(whole, rivals.z(SEEN, ROWS, REFERENCE))
    deviation = (SEEN @ WORDS.T).std(axis=1, keepdims=True)
    expected = rivals.less_photo(SEEN, ROWS, REFERENCE) / deviation
    np.testing.assert_allclose(rivals.z_less(0.0)(SEEN, ROWS, REFERENCE), expected, atol=1e-6)


def test_z_both_ways_has_deviation_one_over_reference_photos() -> None:
    """Of every label."""
    scores = rivals.z_by_label(REFERENCE.photos, ROWS, REFERENCE)
    np.testing.assert_allclose(scores.std(axis=0), 1, atol=1e-6)


def test_a_rank_is_the_words_below() -> None:
    """Of twelve the highest is above eleven, the lowest above none; a label stands among them."""
    scores = rivals.rank_among_words(SEEN[:1], WORDS, REFERENCE)[0]
    assert scores.max() == pytest.approx(np.log(11.5 / 1.5))
    assert scores.min() == pytest.approx(np.log(0.5 / 12.5))


def test_csls_takes_off_how_near_all_neighbours_are() -> None:
    """Those of a photo are words, those of a label the six reference photos."""
    scores = rivals.csls(SEEN, ROWS, REFERENCE)
    nearest = np.sort(SEEN[0] @ WORDS.T)[-10:].mean()
    expected = 2 * SEEN[0] @ ROWS[1] - nearest - (REFERENCE.photos @ ROWS[1]).mean()
    assert scores[0, 1] == pytest.approx(expected, abs=1e-6)


def test_softmax_is_told_as_log_odds() -> None:
    """Of the list, and of a label among the words alone."""
    odds = rivals.softmax_of_list(SEEN, ROWS, REFERENCE)
    np.testing.assert_allclose((1 / (1 + np.exp(-odds))).sum(axis=1), 1, atol=1e-9)
    weights = np.exp(SEEN[:1] @ np.vstack([ROWS[:1], WORDS]).T.astype(float) / 0.01)[0]
    among = rivals.softmax_among_words(SEEN[:1], ROWS[:1], REFERENCE).item()
    assert among == pytest.approx(np.log(weights[0] / weights[1:].sum()))


def test_a_line_keeps_the_order() -> None:
    """Shares rise with the score, and are shares."""
    for name, rival in RIVALS.items():
        shares = as_share(rival, SEEN, ROWS, REFERENCE, ASKED.truth)
        scores = rival(SEEN, ROWS, REFERENCE)
        assert (np.diff(shares.ravel()[np.argsort(scores, axis=None)]) >= 0).all(), name
        assert shares.min() > 0, name
        assert shares.max() < 1, name


def test_scores_that_are_all_alike_are_no_fault() -> None:
    """A model that tells nothing apart gets the share of what is true, one without scores none."""
    nothing = as_share(lambda *_: np.zeros((6, 6)), SEEN, SEEN, REFERENCE, ASKED.truth)
    assert np.ptp(nothing) == 0
    alike = replace(REFERENCE, photos=np.repeat(REFERENCE.photos[:1], 6, axis=0))
    for rival in (rivals.by_label, rivals.z_by_label):
        assert np.isnan(as_share(rival, SEEN, ROWS, alike, ASKED.truth)).all()
