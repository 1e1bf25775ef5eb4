"""Features as they lie in the cache come back as they went in."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from framed.photo import FileFacts, Grain, Likeness
from framed.questions import FeaturesQuestion, RankQuestion
from framed.results import Adjustment, Measurements
from framed.wires.body import read_json, write_json
from framed.wires.features import features_body
from framed.wires.kept import features_from, kept_body
from tests.wires.results import features, matched, ranking

RICH = replace(
    features(
        ranked=matched(
            embedding=np.array([0.6, 0.8], np.float32), clip_iqa=0.1 + 0.2, clip_iqa_backend="a:b"
        ),
        adjusted=(Adjustment("size", 512, 336),),
    ),
    measurements=Measurements(
        {"blur": 1 / 3, "noise": None},
        {"blur": {"tiles": [[0.5, None]], "raw": 7}},
        {"noise": "too_small"},
        {"blur": "sharp somewhere"},
    ),
)
QUESTIONS = [
    FeaturesQuestion(),
    FeaturesQuestion(label_shape="names", explain=True),
    FeaturesQuestion(tiles=True),
    FeaturesQuestion(RankQuestion(parents=True, top_k_per_group=1), detail=True),
]
LABEL = kept_body(RICH)["clip_labels"][0]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_answered_as_before(question: FeaturesQuestion) -> None:
    """Through the file and back, the answer differs in nothing but that it says so."""
    again = features_from(read_json(write_json(kept_body(RICH))), 2)
    before, after = features_body(RICH, question), features_body(again, question)
    assert (before["detail"].pop("cached"), after["detail"].pop("cached")) == (False, True)
    assert json.dumps(after) == json.dumps(before)


def test_no_label_at_all_is_kept() -> None:
    """An empty list was the answer, and is again, with what was said of the list."""
    found = features(ranked=matched(results=(), none_match=True, groups={}, clip_iqa=0.5))
    again = features_from(read_json(write_json(kept_body(found))), 2)
    assert again.classification is not None
    assert again.classification.ranking.results == ()
    assert again.classification.ranking.none_match is True


def test_the_reason_of_no_match_is_kept() -> None:
    """As a reason of the ranking, told among the warnings as before."""
    found = features(ranked=ranking(no_match="match_off", clip_iqa=0.5))
    again = features_from(read_json(write_json(kept_body(found))), 2)
    assert features_body(again, FeaturesQuestion())["warnings"] == {
        "noise": "tiny",
        "match": "match_off",
    }
    assert again.measurements.warnings == found.measurements.warnings


def test_the_embedding_keeps_its_bits() -> None:
    """Near duplicates can be found among photos from the cache."""
    again = features_from(read_json(write_json(kept_body(RICH))), 2)
    assert again.classification is not None
    vector = again.classification.ranking.embedding
    assert vector.dtype == np.float32
    assert np.array_equal(vector, RICH.classification.ranking.embedding)  # type: ignore[union-attr]


@pytest.mark.parametrize("gone", ["detail", "tech", "embedding", "clip_labels", "decoded_size"])
def test_a_body_of_another_form_is_noticed(gone: str) -> None:
    """What an entry lacks is a ValueError, never a wrong answer."""
    body = read_json(write_json(kept_body(RICH)))
    with pytest.raises(ValueError, match=r"."):
        features_from({name: value for name, value in body.items() if name != gone}, 2)
    with pytest.raises(ValueError, match=r"."):
        features_from({**body, gone: 7}, 2)


WRONG = {
    "number as text": {"tech": {"clip_iqa": None, "blur": "x"}},
    "number without end": {"tech": {"clip_iqa": None, "blur": 10**400}},
    "no clip_iqa": {"tech": {"blur": 0.5}},
    "warnings as list": {"warnings": [1]},
    "warnings as text": {"warnings": "x"},
    "findings as number": {"findings": 5},
    "labels as text": {"clip_labels": ["dog"]},
    "a match as text": {"clip_labels": [{**LABEL, "match": "sure"}]},
    "groups as list": {"label_groups": []},
    "size without sides": {"decoded_size": []},
    "embedding of nothing": {"embedding": ""},
    "embedding of another model": {"embedding": "AAAAAAAAAAAAAAAA"},
    "embedding that is none": {"embedding": "é?"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_member_of_another_kind_is_noticed(wrong: dict[str, object]) -> None:
    """However a whole entry came to be wrong, it is made anew and harms no batch."""
    body = read_json(write_json(kept_body(RICH)))
    with pytest.raises(ValueError, match=r"."):
        features_from({**body, **wrong}, 2)
    for metrics in ([], {"a": 1}):
        with pytest.raises(ValueError, match=r"."):
            features_from({**body, "detail": {**body["detail"], "metrics": metrics}}, 2)


LIKENESS = Likeness(
    thumbnail=np.arange(128 * 128, dtype=np.uint32).astype(np.uint8).reshape(128, 128),
    digest="ab" * 16,
    sharpness={1024: 1 / 3, 512: 0.5},
    noise=0.25,
    file=FileFacts(bytes=1000, quantisation=9.25, camera="A B", taken=1e9 + 0.25),
    grain=Grain(2000, tuple(range(16)), step=5.5, blocks=0.5, repeats=0.0, polychromy=20.5),
)


def test_the_likeness_is_kept_where_there_is_one() -> None:
    """Groups of cached photos come from the same figures; an entry without them has none."""
    again = features_from(read_json(write_json(kept_body(replace(RICH, likeness=LIKENESS)))), 2)
    assert again.likeness is not None
    assert np.array_equal(again.likeness.thumbnail, LIKENESS.thumbnail)
    assert (again.likeness.file, again.likeness.grain) == (LIKENESS.file, LIKENESS.grain)
    assert (again.likeness.sharpness, again.likeness.noise) == (LIKENESS.sharpness, 0.25)
    assert features_from(read_json(write_json(kept_body(RICH))), 2).likeness is None


def test_a_likeness_of_before_is_looked_at_anew() -> None:
    """One without the grain of its pixels cannot be compared."""
    body = read_json(write_json(kept_body(replace(RICH, likeness=LIKENESS))))
    del body["likeness"]["grain"]
    with pytest.raises(ValueError, match="grain"):
        features_from(body, 2)


@pytest.mark.parametrize("thumbnail", ["", "AAAA", "no base64"])
def test_a_damaged_thumbnail_is_no_likeness(thumbnail: str) -> None:
    """The entry is made anew."""
    body = read_json(write_json(kept_body(replace(RICH, likeness=LIKENESS))))
    body["likeness"]["thumbnail"] = thumbnail
    with pytest.raises(ValueError, match="thumbnail"):
        features_from(body, 2)
