"""`/features` on the wire: artifacts in, the same artifacts enriched out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from framed.errors import Code, FramedError
from framed.questions import MAX_LISTED, BatchItem, FeaturesQuestion, RankQuestion
from framed.wires.body import read_json_verbatim, write_json
from framed.wires.features import (
    batch_body,
    batch_from,
    batch_of_files,
    features_body,
    features_question,
    item_body,
    no_source,
    stream_end,
    stream_line,
)
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


@pytest.mark.parametrize(
    ("artifact", "source"),
    [
        ({"std_uri": "s", "ranking_uri": "r", "original_uri": "o"}, "s"),
        ({"original_uri": "o", "ranking_uri": "r"}, "r"),
        ({"original_uri": "o"}, "o"),
        ({"std_uri": "", "ranking_uri": None, "original_uri": "o"}, "o"),
        ({"std_uri": 5, "original_uri": "o"}, "o"),
        ({"photo_id": "p"}, None),
        ({}, None),
        ("just text", None),
        (None, None),
    ],
)
def test_the_first_source_that_is_set_is_read(artifact: Any, source: str | None) -> None:
    """Standard before ranking before original; empty ones, and what is no text, are not set."""
    (item,) = batch_from({"artifacts": [artifact]}, 10).items
    assert item.source == source


def test_a_bare_artifact_answers_bare() -> None:
    """One artifact without a list around it comes back without one."""
    batch = batch_from({"photo_id": "p", "std_uri": "s"}, 1)
    item = item_body(batch.items[0], features(), FeaturesQuestion())
    assert batch_body(batch, [item]) is item


def test_what_stands_around_the_artifacts_is_kept() -> None:
    """Other members of the body come back in their places."""
    batch = batch_from({"run": 7, "artifacts": [{}, {}], "note": {"a": [1]}}, 2)
    body = batch_body(batch, [{"x": 1}, {"x": 2}])
    assert list(body.items()) == [
        ("run", 7),
        ("artifacts", [{"x": 1}, {"x": 2}]),
        ("note", {"a": [1]}),
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], Code.INVALID_BODY),
        ("text", Code.INVALID_BODY),
        (None, Code.INVALID_BODY),
        ({"artifacts": {}}, Code.INVALID_BODY),
        ({"artifacts": None}, Code.INVALID_BODY),
        ({"artifacts": [{}] * 11}, Code.TOO_LARGE),
    ],
)
def test_what_is_no_batch_is_refused(body: Any, code: Code) -> None:
    """A body of another shape, or with too many items, is refused as a whole."""
    with pytest.raises(FramedError) as refused:
        batch_from(body, 10)
    assert refused.value.code is code


def test_an_empty_batch_is_a_batch() -> None:
    """No artifacts in, no artifacts out."""
    batch = batch_from({"artifacts": []}, 10)
    assert batch_body(batch, []) == {"artifacts": []}


def test_files_are_known_by_their_names() -> None:
    """Uploaded files become artifacts with a filename; it may be missing."""
    batch = batch_of_files(["a.jpg", None])
    assert [item.fields for item in batch.items] == [{"filename": "a.jpg"}, {"filename": None}]
    assert batch_body(batch, []) == {"artifacts": []}


def test_each_field_is_kept_as_it_was_written() -> None:
    """Fields, their order and their numbers; `features` comes last."""
    sent = b'{"photo_id":"p","score":1.50,"big":12345678901234567890,"deep":{"x":[1e3]}}'
    batch = batch_from(read_json_verbatim(sent), 1)
    answer = write_json(item_body(batch.items[0], features(), FeaturesQuestion()))
    assert answer.startswith(sent[:-1] + b',"features":{')


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


def test_the_lines_of_a_stream() -> None:
    """Each line names its item; the last one repeats what stood around and counts."""
    batch = batch_from({"run": 7, "artifacts": [{}, {}]}, 2)
    assert stream_line(1, {"x": 1}) == {"index": 1, "artifact": {"x": 1}}
    assert stream_end(batch, 1) == {"run": 7, "done": True, "count": 2, "failed": 1}


def test_names_stand_beside_labels() -> None:
    """With `language`; plain strings stay the labels that they are."""
    question = FeaturesQuestion(language="de", names={"dog": "Hund"})
    labels = features_body(features(), question)["clip_labels"]
    assert [each["label"] for each in labels] == ["dog", "sea"]
    assert [each["display"] for each in labels] == ["Hund", "sea"]
    plain = replace(question, label_shape="names")
    assert features_body(features(), plain)["clip_labels"] == ["dog", "sea"]
    assert features_question({"language": "de"}).language == "de"
