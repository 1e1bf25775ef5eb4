"""The evaluation's arithmetic, on scores small enough to work out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.evaluation import measures
from scripts.evaluation.listing import LabelledPhoto
from scripts.evaluation.truth import Truth, truth_of

LABELS = ("sea", "tree", "dog", "night", "food", "art")


def photo(*labels: str, core: tuple[str, ...] = (), unknown: tuple[str, ...] = ()) -> LabelledPhoto:
    return LabelledPhoto("p.jpg", frozenset(labels), frozenset(core), None, frozenset(unknown))


def truth(*photos: LabelledPhoto) -> Truth:
    return truth_of(photos, LABELS)


SCORES = np.array([[0.9, 0.8, 0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.9, 0.3, 0.4, 0.5]])


def test_first_label_counts_when_it_may_be_said() -> None:
    """One of two photos has an acceptable first label: a half."""
    known = truth(photo("sea"), photo("food"))
    order = measures.best_first(SCORES, known)
    assert measures.first_is_acceptable(order, known) == 0.5


def test_precision_is_the_share_of_the_first_labels() -> None:
    """Three of the ten labels in two photos' first five may be said."""
    known = truth(photo("sea", "tree"), photo("dog", "sea"))
    order = measures.best_first(SCORES, known)
    assert measures.precision(order, known) == pytest.approx(3 / 10)


def test_a_core_label_among_the_first_two_is_found() -> None:
    """Only photos with core labels count, and one of theirs is enough."""
    known = truth(photo("sea", "tree", core=("tree",)), photo("art", core=("art",)), photo("dog"))
    order = measures.best_first(np.vstack([SCORES, SCORES[:1]]), known)
    assert measures.core_in_first(order, known, top=2) == 1.0
    assert measures.core_in_first(order, known, top=1) == 0.0


def test_without_core_labels_there_is_no_core_figure() -> None:
    """None, rather than a share of nothing."""
    known = truth(photo("sea"))
    assert measures.core_in_first(measures.best_first(SCORES[:1], known), known) is None


def test_labels_nobody_judged_are_passed_over() -> None:
    """A high score on an unknown label neither helps nor harms."""
    known = truth(photo("tree", unknown=("sea",)))
    order = measures.best_first(SCORES[:1], known)
    assert LABELS[order[0, 0]] == "tree"
    assert LABELS[order[0, -1]] == "sea"


def test_the_constant_answer_covers_the_most_photos() -> None:
    """First the label of most photos, then that of most of the rest, not the runner-up."""
    known = truth(photo("sea", "tree"), photo("sea", "tree"), photo("sea", "tree"), photo("dog"))
    order = measures.constant_order(known, known.acceptable)
    assert [LABELS[at] for at in order[0, :2]] == ["sea", "dog"]


@pytest.mark.parametrize(
    ("positive", "negative", "area"),
    [
        ([0.9, 0.8], [0.1, 0.2], 1.0),
        ([0.1, 0.2], [0.9, 0.8], 0.0),
        ([0.5], [0.5], 0.5),
        ([0.9, 0.3], [0.5], 0.5),
    ],
)
def test_auroc_is_the_chance_to_be_above(
    positive: list[float], negative: list[float], area: float
) -> None:
    """Apart, inverted, tied and half: the area of each is known."""
    assert measures.auroc(np.array(positive), np.array(negative)) == pytest.approx(area)


def test_a_label_with_few_photos_has_no_auroc() -> None:
    """Under three photos for or against, a label is left out of the mean."""
    known = truth(*[photo("sea")] * 3, *[photo("tree")] * 3, photo("dog"))
    scores = np.random.default_rng(1).random((7, len(LABELS)))
    assert set(measures.auroc_by_label(scores, known)) == {"sea", "tree"}


def test_groups_are_told_apart_by_their_own_names() -> None:
    """Each group's share of photos whose own name wins."""
    scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.1, 0.2]])
    found = measures.group_accuracy(scores, ["a", "a", "a", "b"], ("a", "b"))
    assert found == {"a": pytest.approx(2 / 3), "b": 1.0}


def test_confidence_that_holds_has_no_calibration_error() -> None:
    """Where a bin's accuracy is its confidence, the expected error is zero."""
    right = np.array([True] * 8 + [False] * 2)
    found = measures.reliability(np.full(10, 0.8), right)
    assert found is not None
    assert found.expected_error == pytest.approx(0.0)
    assert found.counts[8] == 10


def test_certainty_that_is_wrong_is_the_largest_error() -> None:
    """Confidence 1 on photos that are all wrong: an error of 1, in the last bin."""
    found = measures.reliability(np.ones(4), np.zeros(4, bool))
    assert found is not None
    assert found.expected_error == 1.0
    assert found.counts[-1] == 4


def test_confidence_is_the_share_of_the_first_label() -> None:
    """The softmax at the temperature, over the whole bank."""
    known = truth(photo("sea"))
    scores = np.array([[0.02, 0.01, -5, -5, -5, -5]])
    confidence, right = measures.confidences(scores, known, 0.01)
    assert confidence[0] == pytest.approx(np.e / (1 + np.e), rel=1e-6)
    assert right.tolist() == [True]


def test_a_first_label_nobody_judged_tells_nothing_of_confidence() -> None:
    """Its photo is left out."""
    known = truth(photo("tree", unknown=("sea",)))
    confidence, _ = measures.confidences(SCORES[:1], known, 0.01)
    assert len(confidence) == 0


def test_an_attribute_has_to_be_among_the_first() -> None:
    """Column 3 is third in one row and last in the other."""
    scores = np.array([[0.9, 0.8, 0.1, 0.7], [0.9, 0.8, 0.7, 0.1]])
    assert measures.in_first(scores, 3, 3) == 0.5


def test_the_best_of_all_words_beats_any_nine() -> None:
    """A word that scores highest always wins, and the lowest never does."""
    scores = np.tile(np.arange(20.0), (6, 1))
    dice = np.random.default_rng(0)
    assert measures.one_of_ten(scores, np.full(6, 19), dice).all()
    assert not measures.one_of_ten(scores, np.full(6, 0), dice).any()


def test_guessing_one_of_ten_wins_a_tenth() -> None:
    """Random scores win about one time in ten: that is the chance the figure stands beside."""
    dice = np.random.default_rng(3)
    wins = measures.one_of_ten(dice.random((4000, 30)), dice.integers(0, 30, 4000), dice)
    assert wins.mean() == pytest.approx(0.1, abs=0.02)
