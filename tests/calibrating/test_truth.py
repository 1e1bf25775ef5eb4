"""What is true of photos over a bank's labels, synonyms included."""

from __future__ import annotations

from framed.bank_structure import BankStructure, LabelFacts
from framed.calibrating.listing import Example
from framed.calibrating.truth import truth_of

LABELS = ("sea", "dog", "tree")
STRUCTURE = BankStructure(facts={"sea": LabelFacts(synonyms=("ocean", "dog"))})


def example(*labels: str, unknown: tuple[str, ...] = ()) -> Example:
    return Example("a.jpg", frozenset(labels), frozenset(unknown))


def test_truth_is_a_row_a_photo() -> None:
    """What is not named is false, unless nobody looked for it."""
    found = truth_of([example("dog", unknown=("tree",)), example()], LABELS, BankStructure())
    assert found.true.tolist() == [[False, True, False], [False, False, False]]
    assert found.judged.tolist() == [[True, True, False], [True, True, True]]
    assert found.strange == {}


def test_a_synonym_counts_as_its_label() -> None:
    """Where it is no label itself; and what is true by one word is judged."""
    found = truth_of([example("ocean", unknown=("sea",)), example("dog")], LABELS, STRUCTURE)
    assert found.true.tolist() == [[True, False, False], [False, True, False]]
    assert found.judged.all()


def test_words_that_are_no_labels_are_told_with_the_nearest() -> None:
    """Each once, whether true or unknown."""
    found = truth_of([example("dogs", "zz"), example("dogs", unknown=("te",))], LABELS, STRUCTURE)
    assert found.strange == {"dogs": "dog", "te": "tree", "zz": None}
    assert not found.true.any()


def test_no_photos_no_rows() -> None:
    """An empty list is as wide as the bank."""
    assert truth_of([], LABELS, STRUCTURE).true.shape == (0, 3)
