"""What every labelling route takes, in query, form and JSON alike."""

from __future__ import annotations

from typing import Any

import pytest

from framed.errors import Code, FramedError
from framed.questions import MAX_LISTED, MAX_TOP_K, RankQuestion
from framed.wires.parameters import check
from framed.wires.ranking import RankParameters, most_of


def test_every_parameter_of_match_reaches_the_question() -> None:
    """None is read and forgotten."""
    given = {
        "top_k": 30,
        "match_threshold": 0.3,
        "share": 0.05,
        "order": "subject",
        "top_k_per_group": 2,
        "parents": True,
    }
    rank = RankQuestion(most=MAX_LISTED, **given)
    assert check(RankParameters, given).question() == rank


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("match_threshold", "0.25", 0.25),
        ("match_threshold", "0", 0.0),
        ("match_threshold", "1", 1),
        ("match_threshold", "bank", "bank"),
        ("top_k", "all", "all"),
        ("top_k", "30", 30),
        ("share", "0.001", 0.001),
        ("share", "0.9", 0.9),
        ("order", "z", "z"),
        ("top_k_per_group", "100", 100),
        ("parents", "true", True),
        ("detail", "false", False),
    ],
)
def test_text_becomes_what_is_meant(name: str, text: str, value: Any) -> None:
    """Query and form bring text, JSON brings numbers, true and false."""
    by_text, by_json = check(RankParameters, {name: text}), check(RankParameters, {name: value})
    assert by_text == by_json
    assert getattr(by_text, name) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("match_threshold", 1.1),
        ("match_threshold", "-0.1"),
        ("match_threshold", "nan"),
        ("match_threshold", "Bank"),
        ("match_threshold", True),
        ("match_threshold", [0.3]),
        ("match_threshold", 10**400),
        ("top_k", "every"),
        ("top_k", "All"),
        ("top_k", 1.5),
        ("top_k", True),
        ("top_k", ["all"]),
        ("share", 0),
        ("share", 0.95),
        ("share", "nan"),
        ("share", True),
        ("order", ""),
        ("order", ["prob"]),
        ("top_k_per_group", 0),
        ("top_k_per_group", 101),
        ("top_k_per_group", 1.5),
        ("top_k_per_group", True),
        ("parents", "perhaps"),
        ("detail", 2),
    ],
)
def test_wrong_values_are_named(name: str, value: object) -> None:
    """Each once, under its own name."""
    with pytest.raises(FramedError) as refused:
        check(RankParameters, {name: value})
    assert refused.value.code is Code.INVALID_PARAMETER
    assert refused.value.details is not None
    assert [each["name"] for each in refused.value.details["parameters"]] == [name]


def test_a_wrong_threshold_is_told_both_ways() -> None:
    """A number or the word."""
    with pytest.raises(FramedError, match=r"from 0 to 1, or the word 'bank'"):
        check(RankParameters, {"match_threshold": "banks"})


def test_the_list_may_be_long_where_a_match_decides() -> None:
    """Or where the labels are one's own; else ten as ever."""
    assert RankQuestion().most == most_of(None) == MAX_TOP_K
    assert most_of(0.0) == most_of("bank") == most_of(None, own=True) == MAX_LISTED


def test_a_threshold_that_was_asked_wins() -> None:
    """Over the one that goes without saying."""
    assert check(RankParameters, {}).question(least="bank").match_threshold == "bank"
    assert check(RankParameters, {"match_threshold": 0}).question(least="bank").match_threshold == 0
