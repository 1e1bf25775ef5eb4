"""What photos teach a bank is judged by photos that taught nothing."""

from __future__ import annotations

import numpy as np
import pytest

from framed.calibrating.lesson import Lesson, threshold_for
from framed.scores.judging import Pairs, average_precision, expected_error
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


def test_a_wish_comes_to_a_threshold() -> None:
    """Rounded down, so that it keeps what it was sought for."""
    pairs = Pairs(np.array([0.98765, 0.76543, 0.5]), np.array([True, False, True]))
    assert threshold_for(pairs, recall=None, precision=0.9) == 0.9876
    assert threshold_for(pairs, recall=0.5, precision=None) == 0.5
    assert threshold_for(pairs, recall=None, precision=None) is None
    assert threshold_for(Pairs(np.zeros(0), np.zeros(0, bool)), recall=0.5, precision=None) is None
