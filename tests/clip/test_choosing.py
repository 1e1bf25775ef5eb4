"""Which labels are answered, and in which order: ten numbers are enough."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framed.bank_structure import BankStructure, LabelFacts, LabelGroup
from framed.errors import Code, FramedError
from framed.questions import RankQuestion
from framed.results import Adjustment, RankedLabel
from runners.clip.choosing import Table, best, best_of_groups, how_many
from runners.clip.ranking import softmax

LABELS = ("red", "dog", "night", "cat", "day")
COSINES = np.array([0.30, 0.28, 0.10, 0.28, 0.05])
MATCH = np.array([0.2, 0.9, 0.6, 0.4, 0.7])
Z = np.array([0.1, 4.0, 2.0, 5.0, 2.5])
STRUCTURE = BankStructure(
    facts={"dog": LabelFacts(parent="animal"), "animal": LabelFacts(parent="nature")},
    groups={
        "subject": LabelGroup(("cat", "dog")),
        "light": LabelGroup(("night", "day"), exclusive=True),
    },
)


def table(**changes: Any) -> Table:
    given = {
        "labels": LABELS,
        "structure": STRUCTURE,
        "cosines": COSINES,
        "shares": softmax(COSINES, 0.01),
        "z": Z,
        "match": MATCH,
        "thresholds": np.array([0.1, 0.95, 0.3, 0.3, 0.3]),
    }
    return Table(**{**given, **changes})


def chosen(of: Table | None = None, top_k: int = 5, **question: Any) -> list[str]:
    found = best(of or table(), RankQuestion(**question), top_k)
    return [each.label for each in found]


def test_the_best_comes_first_and_ties_keep_their_order() -> None:
    """Highest cosine first, as ever; of two equal labels the earlier one."""
    assert chosen() == ["red", "dog", "cat", "night", "day"]
    assert chosen(top_k=2) == ["red", "dog"]


def test_a_weak_best_is_unsure_with_its_own_figures() -> None:
    """The pseudo label replaces the name, not the numbers."""
    first = best(table(), RankQuestion(), 1)[0]
    assert chosen(threshold=0.999) == ["unsure"]
    (unsure,) = best(table(), RankQuestion(threshold=0.999), 5)
    assert (unsure.prob, unsure.score) == (first.prob, first.score)
    assert chosen(threshold=first.prob)[0] == "red"


@pytest.mark.parametrize(
    ("order", "labels"),
    [
        ("match", ["dog", "day", "night", "cat", "red"]),
        ("z", ["cat", "dog", "day", "night", "red"]),
        ("subject", ["dog", "cat", "red", "night", "day"]),
        ("light", ["night", "day", "dog", "red", "cat"]),
    ],
)
def test_other_orders(order: str, labels: list[str]) -> None:
    """By match, by z, or one group's labels first, each part by share and match together."""
    assert chosen(order=order) == labels


def test_every_order_is_by_share_where_there_is_no_match() -> None:
    """While the reference set is built."""
    nothing = table(match=np.full(5, np.nan), z=np.full(5, np.nan))
    assert chosen(nothing, order="light") == ["night", "day", "red", "dog", "cat"]
    for order in ("match", "z"):
        assert chosen(nothing, order=order) == chosen()


def test_a_likely_label_with_a_weak_match_stands_behind_one_with_both() -> None:
    """Neither alone decides: sqrt(share) times the odds of the match."""
    two = {"labels": ("a", "b"), "structure": BankStructure(groups={"g": LabelGroup(("a", "b"))})}
    figures = {"cosines": np.array([0.30, 0.29]), "z": np.zeros(2), "thresholds": np.zeros(2)}
    shares = softmax(figures["cosines"], 0.01)
    for match, first in ((np.array([0.5, 0.62]), "a"), (np.array([0.5, 0.63]), "b")):
        assert chosen(table(**two, **figures, shares=shares, match=match), order="g")[0] == first
    assert np.sqrt(shares[0] / shares[1]) == pytest.approx(0.6225 / 0.3775, abs=1e-3)


def test_an_order_that_there_is_not_names_the_nearest() -> None:
    """The orders are those of match and the groups of this very bank."""
    with pytest.raises(FramedError) as refused:
        chosen(order="subjects")
    assert refused.value.code is Code.INVALID_PARAMETER
    assert "did you mean 'subject'" in refused.value.message


def test_a_threshold_comes_first_then_top_k() -> None:
    """What has less match is gone, of an exclusive group all but the best; the order stays."""
    assert chosen(match_threshold=0.3) == ["dog", "cat", "day"]
    assert chosen(match_threshold=0.3, top_k=1) == ["dog"]
    assert chosen(match_threshold=0.95) == []
    assert chosen(match_threshold=0.0) == ["red", "dog", "cat", "day"]


def test_the_banks_own_thresholds() -> None:
    """Each label is held to its own."""
    assert chosen(match_threshold="bank") == ["red", "cat", "day"]


def test_only_what_passes_excludes_others_of_its_group() -> None:
    """Neither one below its own threshold, nor one that a third has excluded already."""
    groups = {
        "one": LabelGroup(("dog", "cat"), exclusive=True),
        "two": LabelGroup(("cat", "day"), exclusive=True),
    }
    structure = BankStructure(groups=groups)
    strict = table(structure=structure, thresholds=np.array([0.0, 0.95, 0.0, 0.0, 0.0]))
    assert chosen(strict, match_threshold="bank") == ["red", "night", "day"]
    lenient = table(structure=structure, match=np.array([0.2, 0.9, 0.6, 0.8, 0.7]))
    assert chosen(lenient, match_threshold=0.3) == ["dog", "night", "day"]


def test_without_any_match_nothing_is_filtered() -> None:
    """While the reference set is built the old answer comes, and says that it has no match."""
    nothing = table(match=np.full(5, np.nan), z=np.full(5, np.nan))
    assert chosen(nothing, match_threshold=0.9) == ["red", "dog", "cat", "night", "day"]
    row = best(nothing, RankQuestion(), 1)[0]
    assert (row.match, row.z) == (None, None)


def test_how_many_labels_are_answered() -> None:
    """Five; all that pass where a threshold chooses; what was asked for, within what is allowed."""
    assert how_many(table(), RankQuestion()) == (5, ())
    assert how_many(table(), RankQuestion(match_threshold=0.3)) == (5, ())
    assert how_many(table(), RankQuestion(top_k=2, match_threshold=0.3)) == (2, ())
    assert how_many(table(), RankQuestion(top_k=9)) == (5, (Adjustment("top_k", 9, 5),))
    many = table(labels=tuple(map(str, range(30))), match=np.zeros(30))
    assert how_many(many, RankQuestion(match_threshold=0.3)) == (30, ())
    assert how_many(many, RankQuestion(top_k=30))[0] == 10
    assert how_many(many, RankQuestion(top_k=30, most=1000))[0] == 30


def test_parents_stand_beside_their_label() -> None:
    """The nearest first; nothing where nobody asked."""
    first, *_ = best(table(), RankQuestion(order="subject", parents=True), 5)
    assert first == RankedLabel(
        "dog", first.prob, 0.28, match=0.9, z=4.0, parents=("animal", "nature")
    )
    assert best(table(), RankQuestion(order="subject"), 1)[0].parents == ()


def test_the_best_of_each_group() -> None:
    """By share and match; the share within the group sums to 1 over it and stands beside the whole
    one."""
    assert best_of_groups(table(), RankQuestion()) == {}
    found = best_of_groups(table(), RankQuestion(top_k_per_group=2))
    assert {name: [each.label for each in rows] for name, rows in found.items()} == {
        "subject": ["dog", "cat"],
        "light": ["night", "day"],
    }
    assert [each.group_prob for each in found["subject"]] == pytest.approx([0.5, 0.5])
    assert found["subject"][0].prob == pytest.approx(softmax(COSINES, 0.01)[1])
    held = best_of_groups(table(), RankQuestion(top_k_per_group=2, match_threshold=0.65))
    assert {name: [each.label for each in rows] for name, rows in held.items()} == {
        "subject": ["dog"],
        "light": ["day"],
    }
