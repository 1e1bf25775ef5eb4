"""Every photo is judged by what was learnt without it."""

from __future__ import annotations

import numpy as np
import pytest

from framed.scores.learn import calibrated_match, learn
from framed.scores.left_out import folds_of, match_left_out
from tests.scores.examples import Examples, examples


def left_out(made: Examples, *, prototypes: bool = True) -> np.ndarray:
    return match_left_out(
        made.photos,
        made.rows,
        made.truth,
        made.judged,
        made.background,
        prototypes=prototypes,
    )


@pytest.mark.parametrize("prototypes", [False, True])
def test_a_photo_has_no_part_in_its_own_match(prototypes: bool) -> None:
    """It is that of the calibration from all others."""
    made = examples(12)
    others = np.arange(1, 12)
    taught = (made.truth[others], made.judged[others], made.background)
    found = learn(
        made.photos[others], made.rows, made.labels, *taught, key="", prototypes=prototypes
    )
    alone = calibrated_match(made.photos[:1], made.rows, made.labels, found, made.background)
    assert left_out(made, prototypes=prototypes)[0] == pytest.approx(alone[0])


def test_turning_its_truth_round_changes_nothing_for_a_photo() -> None:
    """But for the others it does."""
    made = examples(12)
    before = left_out(made)
    made.truth[0] = ~made.truth[0]
    after = left_out(made)
    assert np.array_equal(before[0], after[0])
    assert not np.array_equal(before[1], after[1])


def test_a_single_photo_has_no_others() -> None:
    """No match is made up."""
    assert np.isnan(left_out(examples(1))).all()


@pytest.mark.parametrize(("photos", "folds"), [(2, 2), (100, 100), (101, 10)])
def test_folds_hold_every_photo_once(photos: int, folds: int) -> None:
    """Each alone up to a hundred photos, a tenth each above."""
    found = folds_of(photos)
    assert len(found) == folds
    assert sorted(np.concatenate(found).tolist()) == list(range(photos))
