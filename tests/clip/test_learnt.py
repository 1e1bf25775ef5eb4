"""What a bank learnt holds for one reference set; where it says so, examples rank the labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framed.scores.calibration import Calibration
from runners.clip.banks.bank import LabelBank
from runners.clip.reference.learnt import (
    OTHER_LENGTH,
    OTHER_REFERENCE,
    ranked_by_examples,
    why_ignored,
)

SHIFT = np.array([0.0, 1.0], np.float32)


def bank(**learnt: Any) -> LabelBank:
    """Two labels along the first axis, of which the second learnt a shift to the other."""
    known = {"shifts": {"sea": SHIFT}, "replaces": True, **learnt}
    calibration = Calibration(key="this", photos=3, slope=1.0, offset=-2.3, **known)
    rows = np.array([[1.0, 0.0], [1.0, 0.0]], np.float32)
    return LabelBank("b", ("dog", "sea"), ("{}",), "0" * 16, rows, calibration=calibration)


def test_examples_rank_labels_where_they_are_to() -> None:
    """The sum, brought to length 1; the label's own row stays beside it."""
    ranked = ranked_by_examples(bank(), "this")
    assert ranked.rows == pytest.approx(np.array([[1, 0], [0.5**0.5, 0.5**0.5]]))
    assert not ranked.rows.flags.writeable
    assert ranked.embeddings.tolist() == [[1, 0], [1, 0]]


@pytest.mark.parametrize("learnt", [{"replaces": False}, {"shifts": {}}])
def test_else_words_rank_them(learnt: dict[str, Any]) -> None:
    """Without `replaces`, and without examples."""
    ranked = ranked_by_examples(bank(**learnt), "this")
    assert ranked.rows == pytest.approx(ranked.embeddings)


def test_what_was_learnt_for_another_is_left_alone() -> None:
    """Another reference set, or vectors of another length, as in a file edited by hand."""
    assert why_ignored(bank(), "other") == OTHER_REFERENCE
    long = bank(shifts={"sea": np.zeros(3, np.float32)})
    assert why_ignored(long, "this") == OTHER_LENGTH
    for each, version in ((bank(), "other"), (long, "this")):
        assert ranked_by_examples(each, version) is each


def test_what_holds_is_not_ignored() -> None:
    """Nor is there anything to ignore where nothing was learnt."""
    plain = LabelBank("b", ("dog",), ("{}",), "0" * 16, np.ones((1, 2), np.float32))
    assert why_ignored(bank(), "this") is None
    assert why_ignored(plain, "this") is None
    assert ranked_by_examples(plain, "this") is plain
