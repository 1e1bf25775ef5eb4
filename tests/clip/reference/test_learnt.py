"""What a bank learnt holds for one reference set and the prompts it had; examples may rank it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framed.bank_structure import BankStructure, LabelFacts
from framed.scores.calibration import Calibration
from framed.scores.learn import learn
from framed.scores.standing import Background
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.build import label_digests
from runners.clip.reference.build import ReferenceSet
from runners.clip.reference.learnt import (
    OTHER_LENGTH,
    OTHER_REFERENCE,
    OTHER_WORDS,
    holding,
    learnt_from_reference,
    ranked_by_examples,
    served_calibration,
)
from runners.clip.reference.material import Material

SHIFT = np.array([0.0, 1.0], np.float32)
OCEAN = BankStructure({"sea": LabelFacts(synonyms=("ocean",))})


def bank(**learnt: Any) -> LabelBank:
    """Two labels along the first axis, of which the second learnt a shift to the other."""
    known = {"shifts": {"sea": SHIFT}, "replaces": True, **learnt}
    calibration = Calibration(key="this", photos=3, slope=1.0, offset=-2.3, **known)
    rows = np.array([[1.0, 0.0], [1.0, 0.0]], np.float32)
    return LabelBank("b", ("dog", "sea"), ("{}",), "0" * 16, rows, calibration=calibration)


def learnt_with_words() -> LabelBank:
    """It knows the prompts of its labels, and of one that it has no more."""
    words = {**label_digests(bank()), "gone": "0" * 16}
    offsets = {"dog": 0.5, "sea": 1.0, "gone": 2.0}
    return bank(words=words, offsets=offsets, counts=dict.fromkeys(offsets, 3))


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
    assert holding(bank(), "other") == (None, OTHER_REFERENCE)
    long = bank(shifts={"sea": np.zeros(3, np.float32)})
    assert holding(long, "this") == (None, OTHER_LENGTH)
    for each, version in ((bank(), "other"), (long, "this")):
        assert ranked_by_examples(each, version) is each


def test_what_holds_is_not_ignored() -> None:
    """Nor is there anything to ignore where nothing was learnt."""
    plain = replace(bank(), calibration=None)
    for whole in (bank(), learnt_with_words()):
        assert holding(whole, "this") == (whole.calibration, None)
    assert holding(plain, "this") == (None, None)
    assert ranked_by_examples(plain, "this") is plain


def test_a_label_whose_prompts_changed_has_no_part_in_it() -> None:
    """Neither offset nor shift; the others keep theirs, and what is left out is told."""
    changed = replace(learnt_with_words(), structure=OCEAN)
    learnt, ignored = holding(changed, "this")
    assert learnt is not None
    assert (learnt.offsets, learnt.shifts) == ({"dog": 0.5, "gone": 2.0}, {})
    assert learnt.counts.keys() == learnt.words.keys() == {"dog", "gone"}
    assert (learnt.slope, learnt.offset, learnt.photos) == (1.0, -2.3, 3)
    assert ignored == f"{OTHER_WORDS}: sea"
    ranked = ranked_by_examples(changed, "this")
    assert ranked.rows == pytest.approx(changed.embeddings)


def test_many_labels_that_changed_are_counted() -> None:
    """Five are named."""
    labels = tuple("abcdefg")
    many = replace(learnt_with_words(), labels=labels, embeddings=np.ones((7, 2), np.float32))
    assert many.calibration is not None
    words = dict.fromkeys(labels, "0" * 16)
    many = replace(many, calibration=replace(many.calibration, words=words))
    assert holding(many, "this")[1] == f"{OTHER_WORDS}: a, b, c, d, e and 2 more"


DICE = np.random.default_rng(5)
JUDGED = tuple(f"label {n}" for n in range(12))


def units(count: int) -> np.ndarray:
    rows = DICE.normal(size=(count, 8))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


PHOTOS, ROWS = units(30), units(12)
BACKGROUND = Background(PHOTOS.mean(axis=0, dtype=np.float64), units(40).astype(np.float64))
REFERENCE = ReferenceSet("this", ("{}",), BACKGROUND, 1.0, -2.3, PHOTOS, ROWS)


def material(*, turned: bool = False) -> Material:
    """Of each photo the three labels that are the most like it are true, or the least."""
    order = np.argsort((PHOTOS @ ROWS.T) * (1 if turned else -1), axis=1)[:, :3]
    true_of = {
        f"{photo}.jpg": frozenset(JUDGED[n] for n in best) for photo, best in enumerate(order)
    }
    return Material(Path("reference"), (), JUDGED, true_of, "m")


def default_bank(**changes: Any) -> LabelBank:
    """The judged labels the other way round, and one that nobody judged."""
    rows = np.concatenate([ROWS[::-1], units(1)])
    whole = LabelBank("default", (*JUDGED[::-1], "other"), ("{}",), "0" * 16, rows)
    return replace(whole, **changes)


def test_the_default_bank_learns_from_the_reference_photos() -> None:
    """What anybody learns who has them; no other bank does."""
    found, ignored = served_calibration(default_bank(), REFERENCE, material())
    truth = material().truth
    judged = np.ones_like(truth)
    expected = learn(PHOTOS, ROWS, JUDGED, truth, judged, BACKGROUND, key="this", prototypes=True)
    assert found is not None
    assert (found.offsets, found.slope, found.source) == (
        pytest.approx(expected.offsets),
        pytest.approx(expected.slope),
        "shipped",
    )
    assert (found.photos, ignored) == (30, None)
    assert served_calibration(default_bank(name="b"), REFERENCE, material()) == (None, None)


def test_what_the_bank_learnt_itself_comes_first() -> None:
    """Unless it was learnt for another reference set: then the photos teach it all the same."""
    own = Calibration(key="this", photos=9, slope=1.0, offset=-2.0)
    taught = default_bank(calibration=own)
    assert served_calibration(taught, REFERENCE, material()) == (own, None)
    other = default_bank(calibration=replace(own, key="other"))
    found, ignored = served_calibration(other, REFERENCE, material())
    assert found is not None
    assert (found.source, ignored) == ("shipped", OTHER_REFERENCE)


def test_photos_that_teach_nothing_teach_nothing() -> None:
    """Of nine labels too little is known; and what stands out must not be the less likely."""
    few = default_bank(labels=JUDGED[:9], embeddings=ROWS[:9])
    assert learnt_from_reference(few, REFERENCE, material()) is None
    assert learnt_from_reference(default_bank(), REFERENCE, material(turned=True)) is None
