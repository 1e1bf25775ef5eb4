"""What photos teach a bank is judged by photos that taught nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from framed.calibrating.lesson import Lesson, threshold_for
from framed.scores.judging import Pairs, average_precision, expected_error
from framed.scores.learn import calibrated_match
from tests.scores.examples import examples


def lesson(photos: int = 60) -> Lesson:
    """Labels of which a match that learnt nothing believes too little."""
    made = examples(photos)
    return Lesson(
        photos=made.photos,
        true=made.truth,
        judged=made.judged,
        labels=made.labels,
        rows=made.rows,
        background=made.background,
        slope=1.0,
        logits=np.full(len(made.labels), -5.0),
    )


@pytest.mark.parametrize("prototypes", [False, True])
def test_what_is_learnt_is_better_than_what_was(prototypes: bool) -> None:
    """Also for photos left out."""
    given = lesson()
    before, after = given.before(), given.after(prototypes=prototypes)
    assert len(before.match) == len(after.match) == given.judged.sum()
    assert (expected_error(after) or 1) < 0.5 * (expected_error(before) or 0)
    assert (average_precision(after) or 0) > (average_precision(before) or 1) - 0.02


def test_the_calibration_is_of_the_whole() -> None:
    """Of every photo, for the reference set that is named."""
    found = lesson().learnt("a key", prototypes=True)
    assert (found.key, found.photos, found.source) == ("a key", 60, "file")


def test_labels_that_are_true_of_all_photos_are_found() -> None:
    """Of all that were judged on them; not those that nobody judged."""
    given = lesson(6)
    given.true[:] = False
    given.judged[:] = True
    given.true[:, [1, 2, 3]] = True
    given.judged[:2, 1], given.judged[:, 2], given.true[4, 3] = False, False, False
    given.true[:2, 1] = False
    assert given.always_true == [given.labels[1]]


def test_what_is_served_now_is_judged_on_the_same_photos() -> None:
    """By its slope, offsets and shifts; nothing where nothing is."""
    given = lesson()
    assert given.served() is None
    learnt = given.learnt("k", prototypes=True)
    now = replace(given, serves=learnt).served()
    assert now is not None
    match = calibrated_match(given.photos, given.rows, given.labels, learnt, given.background)
    assert now[0] is learnt
    assert np.array_equal(now[1].match, match[given.judged])


def test_a_wish_comes_to_a_threshold() -> None:
    """Of the recall or the precision that is wished, and none without a wish."""
    pairs = Pairs(np.array([0.98765, 0.76543, 0.5]), np.array([True, False, True]))
    assert threshold_for(pairs, recall=None, precision=0.9) == 0.9876
    assert threshold_for(pairs, recall=0.5, precision=None) == 0.5
    assert threshold_for(pairs, recall=None, precision=None) is None
    assert threshold_for(Pairs(np.zeros(0), np.zeros(0, bool)), recall=0.5, precision=None) is None
