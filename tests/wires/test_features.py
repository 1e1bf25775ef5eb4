"""`/features` on the wire: artifacts in, the same artifacts enriched out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from framed.errors import Code, FramedError
from framed.questions import MAX_LISTED, BatchItem, FeaturesQuestion, RankQuestion
from framed.wires.batch import (
    batch_from,
    no_source,
)
from framed.wires.features import features_body, features_question, item_body
from tests.wires.results import features, matched, ranking

REFUSAL = FramedError(Code.CORRUPT, "broken")


def test_the_question() -> None:
    """The ranking's parameters, and `labels` for the shape of the labels."""
    assert features_question({}) == FeaturesQuestion()
    given = {"top_k": "2", "labels": "names", "size": 224, "decode": "exact", "model": "mini"}
    expected = FeaturesQuestion(RankQuestion(top_k=2), 224, "mini", "exact", label_shape="names")
    assert features_question(given) == expected
    with pytest.raises(FramedError, match="labels=words"):
        features_question({"labels": "words"})


def test_an_item_that_failed_says_why() -> None:
    """Its fields, no features, and the error's code and message."""
    assert item_body(BatchItem({"photo_id": "p"}), REFUSAL, FeaturesQuestion()) == {
        "photo_id": "p",
        "features": None,
        "error": {"code": "corrupt", "message": "broken"},
    }


def test_an_item_that_is_no_object_comes_back() -> None:
    """What was sent in place of an artifact is not lost."""
    (item,) = batch_from({"artifacts": [[1, "a"]]}, 1).items
    assert item_body(item, no_source(), FeaturesQuestion())["artifact"] == [1, "a"]
    assert no_source().code is Code.NO_PHOTO


def test_the_features() -> None:
    """Numbers or null in `tech`; labels with their figures; the rest in detail and warnings."""
    body = features_body(features(), FeaturesQuestion())
    assert list(body) == ["tech", "clip_labels", "detail", "warnings", "none_match"]
    assert list(body["tech"]) == ["sharpness", "exposure", "noise", "clip_iqa", "brisque", "blur"]
    assert body["tech"]["blur"] == 0.5
    assert [name for name, value in body["tech"].items() if value is not None] == ["blur"]
    assert body["warnings"] == {"noise": "tiny"}
    assert body["clip_labels"][0] == {
        "label": "dog",
        "confidence": 0.75,
        "cosine_score": 0.31,
        "match": None,
    }
    detail = body["detail"]
    assert (detail["model"], detail["size"], detail["bank"]) == ("framed/fake", 336, "default")
    assert detail["photo"] == {
        "format": "JPEG",
        "width": 640,
        "height": 480,
        "applied": ["shrink:2", "icc"],
        "sha256": "ab" * 32,
    }
    assert detail["metrics"] == {"blur": {"raw": 7}}
    assert detail["oom_fallback"] is False


def test_labels_as_names() -> None:
    """Plain strings, best first."""
    assert features_body(features(), FeaturesQuestion(label_shape="names"))["clip_labels"] == [
        "dog",
        "sea",
    ]


@pytest.mark.parametrize(("given", "threshold"), [({}, "bank"), ({"match_threshold": "0.3"}, 0.3)])
def test_labels_by_their_match(given: dict[str, Any], threshold: Any) -> None:
    """All that have it, however many: what the bank says of each, or the number given."""
    rank = features_question({"labels": "match", **given}).rank
    assert (rank.match_threshold, rank.top_k, rank.most) == (threshold, None, MAX_LISTED)


def test_matches_stand_beside_the_old_figures() -> None:
    """After all that was there; more of it where it is asked for."""
    dog = {"label": "dog", "confidence": 0.75, "cosine_score": 0.31, "match": 0.9}
    found = features(ranked=matched())
    plain = features_body(found, features_question({"labels": "match"}))
    assert (plain["clip_labels"][0], plain["none_match"]) == (dog, False)
    assert "label_groups" not in plain
    asked = features_question({"detail": "true", "parents": "true", "top_k_per_group": "1"})
    body = features_body(found, asked)
    assert body["clip_labels"][0] == {**dog, "z": 4.0, "parents": ["animal"]}
    assert body["label_groups"] == {"subject": [{**body["clip_labels"][0], "group_prob": 1.0}]}
    names = features_body(found, features_question({"labels": "names", "top_k_per_group": 1}))
    assert names["label_groups"] == {"subject": ["dog"]}


def test_a_missing_match_has_its_reason() -> None:
    """Among the warnings, as every number that is null."""
    body = features_body(features(ranked=ranking(no_match="reference_failed")), FeaturesQuestion())
    assert (body["clip_labels"][0]["match"], body["none_match"]) == (None, None)
    assert body["warnings"] == {"noise": "tiny", "match": "reference_failed"}


def test_fallback_labels_have_no_match() -> None:
    """They are no answer of a model."""
    found = replace(features(), classification=None, fallback=("sea",))
    body = features_body(found, features_question({"top_k_per_group": 2}))
    assert body["clip_labels"] == [
        {"label": "sea", "confidence": None, "cosine_score": None, "match": None}
    ]
    assert body["none_match"] is None


def test_names_stand_beside_labels() -> None:
    """With `language`; plain strings stay the labels that they are."""
    question = FeaturesQuestion(language="de", names={"dog": "Hund"})
    labels = features_body(features(), question)["clip_labels"]
    assert [each["label"] for each in labels] == ["dog", "sea"]
    assert [each["display"] for each in labels] == ["Hund", "sea"]
    plain = replace(question, label_shape="names")
    assert features_body(features(), plain)["clip_labels"] == ["dog", "sea"]
    assert features_question({"language": "de"}).language == "de"
