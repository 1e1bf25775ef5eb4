"""`/api/v1/vision/labels` on the wire."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from framed.bank_structure import BankStructure, LabelFacts, LabelGroup
from framed.errors import Code, FramedError
from framed.questions import MAX_LISTED, ClassifyQuestion, RankQuestion
from framed.results import BankFacts, RankedLabel
from framed.wires.photoprism import (
    LEAST,
    MAX_ID,
    Shown,
    id_of,
    labels_question,
    model_names,
    pictures,
    together,
    vision_body,
    vision_error,
    vision_errors,
    vision_question,
)
from tests.wires.results import SURE_DOG, classification, matched, ranking

PLAIN = Shown(BankStructure(), {}, with_match=False)
MATCHED = Shown(BankStructure(), {}, with_match=True)
URI = "data:image/png;base64,iVBORw0KGgo="

REQUEST = {
    "id": "3487da77-246e-4b4c-9437-67507177bcd7",
    "model": "mini:latest",
    "version": "latest",
    "prompt": "In up to 3 sentences, describe what you see in this image.",
    "suffix": "",
    "options": {"temperature": 0.1, "top_k": 40, "num_ctx": 4096},
    "stream": False,
    "images": [URI],
}
"""A request as PhotoPrism writes it, with all that is meant for language models."""


def labelled(*shares: tuple[str, float], top_k: int = 5) -> Any:
    results = tuple(RankedLabel(name, prob, prob / 3) for name, prob in shares)
    return classification(ranking(results=results, top_k=top_k))


def test_photoprisms_own_request_is_read() -> None:
    """Its picture, id and model; language models' options mean nothing here."""
    asked = vision_question(REQUEST)
    assert pictures(asked) == [URI]
    assert asked.id == REQUEST["id"]
    rank = RankQuestion(match=False)
    assert labels_question(asked, "mini") == ClassifyQuestion(rank, model="mini")


def test_bank_and_number_of_labels_are_asked_along() -> None:
    """From the query, where the address is set."""
    asked = vision_question({"url": "https://x.example/a.jpg", "bank": "b", "top_k": "3"})
    assert pictures(asked) == ["https://x.example/a.jpg"]
    rank = RankQuestion(top_k=3, bank="b", match=False)
    assert labels_question(asked, None) == ClassifyQuestion(rank)


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (None, ()),
        ("mini", ("mini",)),
        ("mini:latest", ("mini:latest", "mini")),
        ("hf-hub:owner/name", ("hf-hub:owner/name", "hf-hub")),
    ],
)
def test_a_models_name_may_carry_a_version(model: str | None, names: tuple[str, ...]) -> None:
    """The name as it came is tried first: ours have colons, too."""
    given = {"images": [URI]} | ({"model": model} if model else {})
    assert model_names(vision_question(given)) == names


@pytest.mark.parametrize("given", [{}, {"images": []}, {"url": ""}, {"images": [], "url": ""}])
def test_without_a_picture_there_is_nothing_to_label(given: dict[str, Any]) -> None:
    """It is refused as such."""
    with pytest.raises(FramedError) as refused:
        vision_question(given)
    assert refused.value.code is Code.NO_PHOTO


@pytest.mark.parametrize(
    "given",
    [
        {"images": URI},
        {"images": [1]},
        {"images": [URI] * 17},
        {"images": [URI], "top_k": True},
        {"images": [URI], "id": 5},
    ],
    ids=lambda given: repr(given)[:30],
)
def test_what_cannot_be_read(given: dict[str, Any]) -> None:
    """It is refused by name."""
    with pytest.raises(FramedError) as refused:
        vision_question(given)
    assert refused.value.code is Code.INVALID_PARAMETER


def test_the_answer() -> None:
    """PhotoPrism's members: model with version, labels with source and confidence."""
    body = vision_body([labelled(("dog", 0.75), ("sea", 0.25))], "r7", "an id", PLAIN)
    assert body == {
        "id": "an id",
        "code": 200,
        "model": {"type": "labels", "name": "framed/fake", "version": "r7", "resolution": 336},
        "result": {
            "labels": [
                {
                    "name": name,
                    "source": "image",
                    "priority": 0,
                    "confidence": share,
                    "topicality": share,
                    "categories": [],
                }
                for name, share in (("dog", 0.75), ("sea", 0.25))
            ]
        },
    }


def test_several_pictures_are_one_photo() -> None:
    """Each label stands once, at its best, and no more of them than of one picture."""
    found = [
        labelled(("dog", 0.6), ("sea", 0.3), top_k=2),
        labelled(("sea", 0.8), ("sky", 0.2), top_k=2),
    ]
    assert [(label.label, label.prob) for label in together(found)] == [("sea", 0.8), ("dog", 0.6)]


def test_labels_too_weak_are_left_out() -> None:
    """PhotoPrism takes a confidence of 0 for one that is not known, and makes it 80 %."""
    found = [labelled(("dog", 0.99), ("sea", 0.01), ("sky", 0.0099), ("sun", 0.0))]
    assert [label.label for label in together(found)] == ["dog", "sea"]


def test_match_is_asked_for() -> None:
    """By its name, or by a threshold, which takes all labels that have it."""
    asked = vision_question({"images": [URI], "match": "true"})
    assert labels_question(asked, None).rank == RankQuestion()
    asked = vision_question({"images": [URI], "match_threshold": "bank"})
    rank = RankQuestion(match_threshold="bank", most=MAX_LISTED)
    assert labels_question(asked, None).rank == rank


def test_match_stands_behind_what_was_there() -> None:
    """The highest that the label has in any picture; a list without labels is an answer."""
    blurry = replace(SURE_DOG, prob=0.8, match=0.4)
    found = [classification(matched()), classification(matched(results=(blurry,)))]
    dog, sea = vision_body(found, "r7", "an id", MATCHED)["result"]["labels"]
    assert list(dog)[-2:] == ["categories", "match"]
    assert (dog["confidence"], dog["match"], sea["match"]) == (0.8, 0.9, 0.05)
    none = vision_body([classification(matched(results=()))], "r7", "an id", MATCHED)
    assert none["result"]["labels"] == []


def test_a_missing_match_has_its_reason() -> None:
    """Only for those who asked."""
    found = [classification(ranking(no_match="reference_failed"))]
    body = vision_body(found, "r7", "an id", MATCHED)
    assert body["match_reason"] == "reference_failed"
    assert "match_reason" not in vision_body(found, "r7", "an id", PLAIN)


BANK = BankFacts(
    "default",
    ("dog", "sea", "sky"),
    ("{}",),
    "c0ffee",
    names={"de": {"dog": "Hund", "animal": "Tier"}},
    structure=BankStructure(
        facts={"dog": LabelFacts(parent="pet"), "pet": LabelFacts(parent="animal")},
        groups={"subject": LabelGroup(("dog",)), "scene": LabelGroup(("sea", "dog"))},
    ),
)


def test_categories_are_what_stands_above_and_the_groups() -> None:
    """The nearest first; PhotoPrism makes labels of them."""
    shown = Shown.of(vision_question({"images": [URI]}), BANK)
    assert shown.categories("dog") == ["pet", "animal", "subject", "scene"]
    assert (shown.categories("sea"), shown.categories("sky")) == (["scene"], [])


def test_names_are_those_of_the_language() -> None:
    """Of labels, and of what stands above them as far as it has names; another one is refused."""
    asked = vision_question({"images": [URI]}, {"language": "de-AT"})
    body = vision_body([labelled(("dog", 0.9))], "r7", "an id", Shown.of(asked, BANK))
    (dog,) = body["result"]["labels"]
    assert (dog["name"], dog["categories"]) == ("Hund", ["Tier"])
    with pytest.raises(FramedError, match="names in de"):
        Shown.of(vision_question({"images": [URI]}, {"language": "fr"}), BANK)


def test_a_threshold_leaves_out_what_is_less_sure() -> None:
    """Equal is enough; below 0.01 nothing ever is."""
    found = [labelled(("dog", 0.5), ("sea", 0.3), ("sky", 0.2))]
    assert [label.label for label in together(found, 0.3)] == ["dog", "sea"]
    asked = vision_question({"images": [URI]}, {"threshold": "0.3"})
    assert (asked.threshold, vision_question({"images": [URI]}).threshold) == (0.3, LEAST)


@pytest.mark.parametrize(
    ("name", "says"),
    [("topk", "did you mean 'top_k'?"), ("treshold", "'threshold'"), ("x", "known: ")],
)
def test_a_name_in_the_address_that_is_not_known(name: str, says: str) -> None:
    """It is refused with the nearest one; in the body PhotoPrism may write what it likes."""
    with pytest.raises(FramedError) as refused:
        vision_question({"images": [URI]}, {name: "2"})
    assert says in refused.value.message
    assert vision_question({"images": [URI], name: "2"}).top_k is None


def test_the_address_holds() -> None:
    """Whoever set it there knows this server; PhotoPrism writes its own into every body."""
    asked = vision_question({**REQUEST, "top_k": 3}, {"model": "other", "top_k": "all"})
    assert (asked.model, asked.top_k) == ("other", "all")


def test_a_refusal_is_read_by_photoprism() -> None:
    """A sentence, a number and whose it is; our own words beside them."""
    refusal = FramedError(Code.TRUNCATED, "It breaks off.", details={"limit": 1})
    assert vision_errors("an id")(refusal, "r1", 0.1) == {
        "id": "an id",
        "code": 400,
        "error": "It breaks off.",
        "result": {},
        "error_code": "truncated",
        "request_id": "r1",
        "details": {"limit": 1},
    }
    unread = vision_error(FramedError(Code.OVERLOADED, "Later."), "r1", 0.1)
    assert (unread["id"], unread["code"]) == ("r1", 503)
    assert "details" not in unread


@pytest.mark.parametrize(
    ("given", "name"), [({"id": "a"}, "a"), ({"id": 5}, None), ({}, None), ({"id": ""}, None)]
)
def test_an_id_is_a_text(given: dict[str, Any], name: str | None) -> None:
    """Anything else cannot be said again to Go."""
    assert id_of(given) == name
    assert len(id_of({"id": "x" * 10_000}) or "") == MAX_ID
