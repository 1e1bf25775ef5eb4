"""Parameters: checked values or one answer that names every fault."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field
from simplejson import RawJSON

from framed.errors import Code, FramedError
from framed.questions import RankQuestion
from framed.wires.parameters import (
    MAX_TEXT,
    MOST_FAULTS,
    NoParameters,
    Parameters,
    Text,
    check,
    check_known,
    distinct,
)
from framed.wires.ranking import RankParameters


class Texts(Parameters):
    """One to three texts."""

    texts: Annotated[list[Text], Field(min_length=1, max_length=3)]


def faults_of(**given: Any) -> dict[str, str]:
    """Name -> problem of a set of parameters that must be refused."""
    with pytest.raises(FramedError) as refused:
        check(RankParameters, given)
    assert refused.value.code is Code.INVALID_PARAMETER
    assert refused.value.details is not None
    return {each["name"]: each["problem"] for each in refused.value.details["parameters"]}


def test_nothing_given_is_the_defaults() -> None:
    """No parameter is needed; a top_k that was not asked for is not clamped later."""
    assert check(RankParameters, {}).question() == RankQuestion()


def test_text_becomes_what_is_meant() -> None:
    """Query and form bring text, JSON brings numbers: the question is the same."""
    texts = {"top_k": "3", "temperature": "0.5", "threshold": "0.25", "size": "224"}
    numbers = {"top_k": 3, "temperature": 0.5, "threshold": 0.25, "size": 224}
    assert check(RankParameters, texts) == check(RankParameters, numbers)
    assert check(RankParameters, texts).size == 224


def test_any_whole_top_k_is_taken() -> None:
    """It is held within bounds by the ranking, which says so; it is no error here."""
    for asked in (-5, 0, 11, 10**30):
        assert check(RankParameters, {"top_k": asked}).question().top_k == asked


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("top_k", 1.5),
        ("top_k", "many"),
        ("top_k", ""),
        ("top_k", True),
        ("top_k", float("inf")),
        ("top_k", ["1", "2"]),
        ("top_k", {}),
        ("temperature", 0),
        ("temperature", -1),
        ("temperature", 101),
        ("temperature", True),
        ("temperature", "nan"),
        ("temperature", "inf"),
        ("temperature", 10**400),
        ("threshold", -0.1),
        ("threshold", 1.1),
        ("threshold", False),
        ("threshold", "nan"),
        ("size", 225),
        ("size", 0),
        ("size", True),
        ("size", "large"),
        ("size", [224]),
        ("bank", ""),
        ("bank", 5),
        ("bank", "x" * 201),
        ("model", ["a"]),
        ("decode", "slow"),
        ("decode", "FAST"),
    ],
)
def test_wrong_values_are_named(name: str, value: object) -> None:
    """Each is refused under its own name; true and false are no numbers."""
    assert list(faults_of(**{name: value})) == [name]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("topk", "top_k"), ("treshold", "threshold"), ("temprature", "temperature"), ("Size", "size")],
)
def test_an_unknown_name_is_told_the_nearest(name: str, nearest: str) -> None:
    """A slip of the pen is not silently ignored."""
    assert f"did you mean '{nearest}'?" in faults_of(**{name: 1})[name]


def test_a_name_like_none_is_told_all() -> None:
    """Where nothing is near, the known ones are listed."""
    problem = faults_of(xyzzy=1)["xyzzy"]
    assert all(name in problem for name in RankParameters.model_fields)


def test_all_faults_come_at_once() -> None:
    """Unknown names and wrong values of one request stand in one answer, in words and as data."""
    given = {"topk": 1, "top_k": "x", "temperature": -1, "size": 7, "bank": ""}
    assert faults_of(**given).keys() == given.keys()
    with pytest.raises(FramedError) as refused:
        check(RankParameters, given)
    assert all(name in refused.value.message for name in given)


def test_what_was_sent_is_shown_in_part() -> None:
    """The answer repeats the value, but not ten kilobytes of it, nor of a name."""
    with pytest.raises(FramedError) as refused:
        check(RankParameters, {"top_k": "7x" * 5000, "y" * 5000: 1})
    assert "7x7x" in refused.value.message
    assert len(refused.value.message) < 1000


def test_a_number_kept_verbatim_is_shown_as_it_was_written() -> None:
    """Not as the object that holds it."""
    with pytest.raises(FramedError, match=r"bank=1\.50:"):
        check(RankParameters, {"bank": RawJSON("1.50")})


def test_a_route_without_parameters_says_so() -> None:
    """There is no list of known ones to show."""
    with pytest.raises(FramedError, match=r"^x: unknown parameter; this route takes none\.$"):
        check(NoParameters, {"x": "1"})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "texts: it is required."),
        ({"texts": []}, "texts=[]: it holds 0; send 1 or more."),
        ({"texts": ["a"] * 4}, "texts=['a', 'a', 'a', 'a']: it holds 4; send 3 at most."),
        ({"texts": ["a", ""]}, "texts.1: it is empty."),
        ({"texts": [" "]}, "texts.0= : A text is blank."),
        ({"texts": ["x" * (MAX_TEXT + 1)]}, f"it is longer than {MAX_TEXT} characters."),
        ({"texts": ["\ud800"]}, "it is no Unicode text: half of a surrogate pair stands in it."),
    ],
    ids=["none", "no items", "too many", "empty", "blank", "too long", "half a pair"],
)
def test_faults_are_said_in_plain_words(given: dict[str, Any], says: str) -> None:
    """Not in those of the library that finds them."""
    with pytest.raises(FramedError) as refused:
        check(Texts, given)
    assert refused.value.message.endswith(says)
    assert refused.value.details is not None
    (fault,) = refused.value.details["parameters"]
    assert says.removesuffix(".").endswith(fault["problem"])


@pytest.mark.parametrize("more", [0, 1, 980])
def test_a_thousand_faults_are_not_all_told(more: int) -> None:
    """The first ones are, and how many more there are."""
    with pytest.raises(FramedError) as refused:
        check(NoParameters, dict.fromkeys(map(str, range(MOST_FAULTS + more)), 1))
    assert refused.value.details is not None
    assert len(refused.value.details["parameters"]) == MOST_FAULTS
    assert refused.value.message.endswith(f"; and {more} more.") == (more > 0)
    assert len(refused.value.message) < 2000


def test_checked_values_are_frozen() -> None:
    """Nobody downstream changes what was asked."""
    with pytest.raises(ValueError, match="frozen"):
        check(RankParameters, {}).top_k = 3


def test_labels_are_distinct_and_say_something() -> None:
    """Blank and repeated labels are refused; those that differ in case are two."""
    assert distinct(["a", "A", " b"]) == ["a", "A", " b"]
    assert distinct(None) is None
    with pytest.raises(ValueError, match="'a ' is there twice"):
        distinct(["a", "b", "a "])
    with pytest.raises(ValueError, match="blank"):
        distinct(["a", " \t"])


def test_others_may_send_more_than_is_read() -> None:
    """In a foreign shape unknown names are passed over; known ones are checked all the same."""
    assert check_known(RankParameters, {"top_k": "3", "camera": 7}).top_k == 3
    with pytest.raises(FramedError, match="top_k"):
        check_known(RankParameters, {"top_k": "many", "camera": 7})
