"""`/classify`, `/labels` and `/reload` on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from framed.bank_structure import BankStructure, LabelFacts, LabelGroup
from framed.errors import Code, FramedError
from framed.questions import MAX_LISTED, ClassifyQuestion, RankQuestion
from framed.reload_report import ReloadReport
from framed.results import Adjustment, BankFacts, RankedLabel
from framed.wires.labelling import (
    bank_parameters,
    classify_body,
    classify_question,
    labels_body,
    reload_body,
)
from framed.wires.parameters import MAX_LABELS
from tests.wires.results import DOG, NO_SEA, SEA, SURE_DOG, classification, matched, ranking


def test_nothing_asked_is_the_plain_question() -> None:
    """Five labels of the default bank at the model's best size."""
    assert classify_question({}) == ClassifyQuestion()


def test_every_parameter_reaches_the_question() -> None:
    """None is read and forgotten."""
    given = {
        "top_k": "3",
        "temperature": "0.02",
        "threshold": "0.1",
        "bank": "landmarks",
        "labels": ["a", "b"],
        "templates": "bank",
        "size": "224",
        "model": "mini",
        "decode": "exact",
    }
    rank = RankQuestion(3, 0.02, 0.1, "landmarks", ("a", "b"), "bank", most=MAX_LISTED)
    assert classify_question(given) == ClassifyQuestion(rank, 224, "mini", "exact")


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        (["a dog", "a cat"], ("a dog", "a cat")),
        ('["a dog", "a cat"]', ("a dog", "a cat")),
        ("a dog", ("a dog",)),
        ('{"a": 1}', ('{"a": 1}',)),
        ("7", ("7",)),
        ([str(n) for n in range(MAX_LABELS)], tuple(str(n) for n in range(MAX_LABELS))),
    ],
    ids=["list", "json", "one", "object", "number", "most"],
)
def test_own_labels_in_every_dress(given: Any, labels: tuple[str, ...]) -> None:
    """A list, a list written as JSON text, or one label as it stands."""
    assert classify_question({"labels": given}).rank.labels == labels


@pytest.mark.parametrize("given", ["a dog, a cat", '["a dog", a cat]'])
def test_a_list_that_is_not_written_as_one_is_refused(given: str) -> None:
    """A comma or a slip in the JSON never becomes one label that nobody meant."""
    with pytest.raises(FramedError):
        classify_question({"labels": given})


@pytest.mark.parametrize(
    "labels",
    [
        [],
        "[]",
        ["a", "a"],
        ["a", ""],
        ["a", "  "],
        [1, 2],
        "[1]",
        ["a", None],
        [["a"]],
        {"a": 1},
        ["x" * 501],
        [str(n) for n in range(MAX_LABELS + 1)],
    ],
    ids=repr,
)
def test_own_labels_that_cannot_be_ranked(labels: Any) -> None:
    """None, too many, repeated, blank, too long or no text: refused under the name `labels`."""
    with pytest.raises(FramedError, match=r"^labels") as refused:
        classify_question({"labels": labels})
    assert refused.value.code is Code.INVALID_PARAMETER


def test_the_answer_of_a_bank() -> None:
    """Exactly the documented members, in their order."""
    adjusted = (Adjustment("top_k", 99, 10),)
    assert classify_body(classification(adjusted=adjusted), "r1") == {
        "model": "framed/fake",
        "device": "cpu",
        "size": 336,
        "top_k": 2,
        "results": [
            {"label": "dog", "prob": 0.75, "score": 0.31, "match": None},
            {"label": "sea", "prob": 0.25, "score": 0.3, "match": None},
        ],
        "bank": "default",
        "bank_checksum": "c0ffee",
        "adjusted": [{"name": "top_k", "asked": 99, "used": 10}],
        "request_id": "r1",
        "none_match": None,
    }


def test_the_answer_of_own_labels() -> None:
    """Every label's share in the order sent, the first label, and the time; no bank."""
    unsure = RankedLabel("unsure", 0.75, 0.31)
    ranked = ranking(results=(unsure,), bank=None, every=(SEA, DOG))
    body = classify_body(classification(ranked), "r1")
    assert body["bank"] is None
    assert list(body["scores"].items()) == [("sea", 0.25), ("dog", 0.75)]
    assert body["top_label"] == "dog"
    assert body["inference_time_ms"] == 12.346
    assert [result["label"] for result in body["results"]] == ["unsure"]


def test_matches_stand_beside_the_old_figures() -> None:
    """Of each label, and whether none of the list applies; the reason only where there is none."""
    body = classify_body(classification(matched()), "r1")
    assert body["results"] == [
        {"label": "dog", "prob": 0.75, "score": 0.31, "match": 0.9},
        {"label": "sea", "prob": 0.25, "score": 0.3, "match": 0.05},
    ]
    assert list(body)[-2:] == ["request_id", "none_match"]
    pending = classify_body(classification(ranking(no_match="reference_pending")), "r1")
    assert (pending["none_match"], pending["match_reason"]) == (None, "reference_pending")


def test_more_is_shown_where_it_is_asked_for() -> None:
    """`z` with `detail`, what stands above with `parents`, groups with their number of labels."""
    question = classify_question({"detail": True, "parents": "true", "top_k_per_group": "1"})
    body = classify_body(classification(matched()), "r1", question)
    dog, sea = body["results"]
    assert (dog["z"], dog["parents"], sea["parents"]) == (4.0, ["animal"], [])
    assert body["groups"] == {"subject": [{**dog, "group_prob": 1.0}]}
    assert "group_prob" not in dog


def test_no_label_is_an_answer() -> None:
    """An empty list, with all that stands around it."""
    body = classify_body(classification(matched(results=(), none_match=True)), "r1")
    assert (body["results"], body["none_match"]) == ([], True)


def test_every_own_label_has_its_match() -> None:
    """In the order sent, beside every share, however few labels are answered."""
    ranked = matched(results=(SURE_DOG,), bank=None, every=(NO_SEA, SURE_DOG))
    body = classify_body(classification(ranked), "r1")
    assert list(body["matches"].items()) == [("sea", 0.05), ("dog", 0.9)]
    assert list(body["scores"]) == list(body["matches"])


@pytest.mark.parametrize(
    ("name", "value"),
    [("order", "subject"), ("top_k_per_group", 2), ("parents", True), ("language", "de")],
)
def test_what_only_banks_have_is_not_asked_of_own_labels(name: str, value: Any) -> None:
    """It is a mistake, and is named as one; the orders that need no bank are none."""
    with pytest.raises(FramedError, match=rf"^{name}=.*own labels") as refused:
        classify_question({name: value, "labels": ["a"]})
    assert refused.value.code is Code.INVALID_PARAMETER
    assert classify_question({"order": "z", "labels": ["a"]}).rank.order == "z"


def test_names_stand_beside_labels() -> None:
    """A label without a name is shown as it stands; the label itself never changes."""
    question = ClassifyQuestion(names={"dog": "Hund"})
    assert classify_body(classification(), "r1", question)["results"] == [
        {"label": "dog", "prob": 0.75, "score": 0.31, "display": "Hund", "match": None},
        {"label": "sea", "prob": 0.25, "score": 0.3, "display": "sea", "match": None},
    ]


def test_a_language_is_asked_of_a_bank() -> None:
    """Own labels have no other names, and asking for them is a mistake."""
    assert classify_question({"language": "de"}).language == "de"
    with pytest.raises(FramedError, match=r"^language=de: own labels") as refused:
        classify_question({"language": "de", "labels": ["a"]})
    assert refused.value.code is Code.INVALID_PARAMETER


def test_a_step_down_is_said() -> None:
    """`oom_fallback` stands in the answer only where it happened."""
    assert "oom_fallback" not in classify_body(classification(), "r1")
    assert classify_body(classification(oom_fallback=True), "r1")["oom_fallback"] is True


def test_the_answer_of_labels() -> None:
    """Names and templates in file order, and which banks there are."""
    names = {"fr": {"dog": "chien"}, "de": {"sea": "Meer"}}
    bank = BankFacts("b", ("dog", "sea"), ("a {}",), "c0ffee", names)
    assert labels_body(bank, ("default", "b")) == {
        "labels": ["dog", "sea"],
        "templates": ["a {}"],
        "bank": "b",
        "checksum": "c0ffee",
        "num_labels": 2,
        "languages": ["de", "fr"],
        "share": None,
        "match_threshold": None,
        "groups": {},
        "entries": {},
        "banks": ["default", "b"],
    }


def test_the_answer_of_labels_has_the_structure_of_the_bank() -> None:
    """What holds for all labels, groups in file order, and of labels only what is said of them."""
    structure = BankStructure(
        {"dog": LabelFacts(share=0.2, synonyms=("hound",)), "sea": LabelFacts(threshold=0.0)},
        {"sights": LabelGroup(("sea",)), "pets": LabelGroup(("dog", "cat"), exclusive=True)},
        share=0.1,
        match_threshold=0.4,
    )
    bank = BankFacts("b", ("dog", "sea", "cat"), ("a {}",), "c0ffee", structure=structure)
    body = labels_body(bank, ("b",))
    assert (body["share"], body["match_threshold"]) == (0.1, 0.4)
    assert list(body["groups"].items()) == [
        ("sights", {"labels": ["sea"], "exclusive": False}),
        ("pets", {"labels": ["dog", "cat"], "exclusive": True}),
    ]
    assert body["entries"] == {
        "dog": {"share": 0.2, "synonyms": ["hound"]},
        "sea": {"threshold": 0.0},
    }


def test_the_answer_of_reload() -> None:
    """The first bank's figures at the top, each bank's below, and whether it changed."""
    reports = (
        ReloadReport("default", 50, 6, "a", "b", 300, 1.23456, changed=True),
        ReloadReport("new", 2, 1, None, "c", 2, 0.5, changed=True),
        ReloadReport("same", 2, 1, "d", "d", 0, 0.0),
    )
    body = reload_body(reports, "r1")
    assert (body["bank"], body["labels"], body["templates"]) == ("default", 50, 6)
    assert (body["checksum_before"], body["checksum"]) == ("a", "b")
    assert (body["seconds"], body["request_id"]) == (1.735, "r1")
    assert {name: each["changed"] for name, each in body["banks"].items()} == {
        "default": True,
        "new": True,
        "same": False,
    }
    assert body["banks"]["new"]["checksum_before"] is None
    assert body["banks"]["default"]["seconds"] == 1.235


def test_the_bank_parameter() -> None:
    """One name or none, and nothing else beside it."""
    assert bank_parameters({}).bank is None
    assert bank_parameters({"bank": "b", "model": "m"}).model == "m"
    with pytest.raises(FramedError, match="did you mean 'bank'"):
        bank_parameters({"banks": "b"})


def test_match_can_be_left_out() -> None:
    """It is asked for unless it is not wanted; what needs it is then refused by name."""
    assert classify_question({}).rank.match
    assert not classify_question({"match": "false", "labels": "a cat"}).rank.match
    for name, value in (("match_threshold", "0.3"), ("order", "z"), ("order", "match")):
        with pytest.raises(FramedError, match=rf"^{name}=.*match=false"):
            classify_question({"match": False, name: value})


def test_a_reload_tells_what_to_look_at() -> None:
    """The warnings of each bank's files."""
    reports = [ReloadReport("pets", 2, 1, None, "a", 2, 0.5, warnings=("pets/a.txt, line 2: …",))]
    body = reload_body(reports, "r1")
    assert body["warnings"] == body["banks"]["pets"]["warnings"] == ["pets/a.txt, line 2: …"]
