"""A calibration from examples: what it holds, and that few photos change little."""

from __future__ import annotations

import numpy as np
import pytest

from framed.scores.calibration import Calibration
from framed.scores.fit import fit_offsets
from framed.scores.learn import calibrated_match, learn
from framed.scores.match import sigmoid
from framed.scores.standing import standing
from tests.scores.examples import Examples, examples


def learnt(made: Examples, *, prototypes: bool = False) -> Calibration:
    return learn(
        made.photos,
        made.rows,
        made.labels,
        made.truth,
        made.judged,
        made.background,
        key="k",
        prototypes=prototypes,
    )


def test_it_holds_the_fit_of_z() -> None:
    """Slope, offset and offsets by label; counts are of judged examples."""
    made = examples(30)
    z = standing(made.photos, made.rows, made.background)
    slope, offset, own = fit_offsets(z, made.truth, made.judged)
    found = learnt(made)
    assert (found.key, found.photos, found.slope, found.offset) == ("k", 30, slope, offset)
    assert list(found.offsets.values()) == own.tolist()
    assert list(found.counts.values()) == (made.truth & made.judged).sum(axis=0).tolist()
    assert found.shifts == {}


def test_with_prototypes_only_labels_with_examples_are_shifted() -> None:
    """float32, of the photos' dimension; one that is true only where nobody judged has none."""
    made = examples(30)
    made.judged[made.truth[:, 4], 4] = False
    found = learnt(made, prototypes=True)
    assert set(found.shifts) == set(made.labels) - {"label 4"}
    assert {(each.dtype, each.shape) for each in found.shifts.values()} == {
        (np.dtype(np.float32), (16,))
    }


def test_no_photo_is_refused() -> None:
    """There is nothing to learn from."""
    with pytest.raises(ValueError, match="no photo"):
        learnt(examples(0))


@pytest.mark.parametrize("prototypes", [False, True])
def test_one_photo_changes_little(prototypes: bool) -> None:
    """No label's own offset reaches 1, whatever is true of the photo."""
    found = learnt(examples(1, labels=50), prototypes=prototypes)
    assert max(map(abs, found.offsets.values())) < 1


def test_the_same_photos_teach_the_same() -> None:
    """To the last bit, shifts included."""
    first, second = (learnt(examples(40), prototypes=True) for _ in range(2))
    assert first.offsets == second.offsets
    assert (first.slope, first.offset) == (second.slope, second.offset)
    assert all(
        first.shifts[label].tobytes() == second.shifts[label].tobytes() for label in first.shifts
    )


def test_match_is_the_calibrated_formula() -> None:
    """The row with its shift, slope and offsets; labels that it does not know have neither."""
    made = examples(30)
    found = learnt(made, prototypes=True)
    rows = np.stack([made.rows[0] + found.shifts["label 0"], made.rows[1]])
    z = standing(made.photos, rows, made.background)
    own = np.array([found.offsets["label 0"], 0.0])
    match = calibrated_match(
        made.photos, made.rows[:2], ("label 0", "unheard of"), found, made.background
    )
    assert match == pytest.approx(sigmoid(found.slope * z + found.offset + own))
    assert np.array_equal(made.rows, examples(30).rows)  # and the rows are as they were
