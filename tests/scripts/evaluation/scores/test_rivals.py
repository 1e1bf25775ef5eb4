"""Scores beside match: what is taken off, and how they become shares."""

from __future__ import annotations

import numpy as np

from scripts.evaluation.scores.rivals import COSINE, RIVALS, as_share, centred, less_label
from tests.scripts.evaluation.scores.colours import COLOURS, Eye, read, served

ASKED = served()
REFERENCE = ASKED.reference
SEEN = Eye().see(Eye().look(read(colour))[0] for colour in COLOURS)


def test_a_label_s_mean_over_reference_photos_is_nothing() -> None:
    """What is left is how a photo differs from them."""
    scores = less_label(REFERENCE.photos, REFERENCE.rows, REFERENCE.background)
    np.testing.assert_allclose(scores.mean(axis=0), 0, atol=1e-6)


def test_everyday_words_are_nothing_in_the_mean() -> None:
    """Of any photo."""
    words = REFERENCE.background.words
    scores = centred(SEEN, words, REFERENCE.background)
    np.testing.assert_allclose(scores.mean(axis=1), 0, atol=1e-6)


def test_a_line_keeps_the_order() -> None:
    """Shares rise with the score, and are shares."""
    rows = ASKED.own.bank.embeddings
    for name, rival in RIVALS.items():
        shares = as_share(rival, SEEN, rows, REFERENCE, ASKED.truth)
        scores = rival(SEEN, rows, REFERENCE.background)
        assert (np.diff(shares.ravel()[np.argsort(scores, axis=None)]) >= 0).all(), name
        assert shares.min() > 0, name
        assert shares.max() < 1, name


def test_scores_that_are_all_alike_are_no_fault() -> None:
    """A model that tells nothing apart gets the share of what is true."""
    nothing = as_share(lambda *_: np.zeros((6, 6)), SEEN, SEEN, REFERENCE, ASKED.truth)
    assert np.ptp(nothing) == 0
    assert COSINE in RIVALS
