"""Prototypes: what examples add to a label's row, and what a photo adds to its own is left out."""

from __future__ import annotations

import numpy as np
import pytest

from framed.scores import prototypes
from framed.scores.prototypes import prototype_shifts, standing_left_out
from framed.scores.standing import standing
from tests.scores.examples import examples


def test_a_shift_by_hand() -> None:
    """Two examples of four photos: 2/7 of the means' difference, over the mean distance."""
    photos = np.array([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]])
    truth = np.array([[True], [True], [False], [False]])
    assert prototype_shifts(photos, truth) == pytest.approx(np.array([[2 / 7, 0.0]]))


def test_no_examples_no_shift() -> None:
    """Nor where all photos are alike, or where there are none."""
    made = examples(12)
    made.truth[:, 1] = False
    shifts = prototype_shifts(made.photos, made.truth)
    assert not shifts[1].any()
    assert shifts[0].any()
    alike = np.repeat(made.photos[:1], 9, axis=0)
    assert not prototype_shifts(alike, made.truth[:9]).any()
    assert not prototype_shifts(made.photos[:0], made.truth[:0]).any()


def test_a_photo_is_left_out_of_its_own_prototypes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The z of each is the one that the prototypes of all others give; in chunks, too."""
    monkeypatch.setattr(prototypes, "_AT_ONCE", 7)
    made = examples(20)
    for photo in range(20):
        others = np.delete(np.arange(20), photo)
        rows = made.rows + prototype_shifts(made.photos[others], made.truth[others])
        alone = standing(made.photos[photo : photo + 1], rows, made.background)
        whole = standing_left_out(made.photos, made.rows, made.truth, made.background)
        assert whole[photo] == pytest.approx(alone[0], abs=1e-9)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_photos_for_a_distance_leave_z_as_it_is(count: int) -> None:
    """Among the others of one or two photos there is none."""
    made = examples(count)
    left_out = standing_left_out(made.photos, made.rows, made.truth, made.background)
    assert np.array_equal(left_out, standing(made.photos, made.rows, made.background))


def test_photos_that_are_alike_shift_nothing() -> None:
    """Rounding is no distance."""
    made = examples(9)
    alike = np.repeat(made.photos[:1], 9, axis=0)
    left_out = standing_left_out(alike, made.rows, made.truth, made.background)
    assert left_out == pytest.approx(standing(alike, made.rows, made.background))
