"""`/embed`, `/anomaly-score`, `/similarity` and `/batch-similarity` on the wire."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from framed.errors import Code, FramedError
from framed.wires.body import read_json
from framed.wires.embedding import (
    MAX_TEXTS,
    anomaly_body,
    anomaly_question,
    batch_similarity_body,
    batch_similarity_question,
    embed_body,
    embed_question,
    similarity_body,
    similarity_question,
)

HUGE = int("9" * 400)


def test_what_is_not_known_is_passed_over() -> None:
    """The embedding service's clients may send more than it reads."""
    asked = embed_question({"image": "…", "camera": "cam1", "decode": "exact", "model": "m"})
    assert (asked.model, asked.decode) == ("m", "exact")
    assert embed_question({}).model is None


def test_a_baseline_need_not_have_length_one() -> None:
    """An average of unit vectors is shorter than they are; whole numbers are numbers, too."""
    assert anomaly_question({"baseline_embedding": [0, 0.25, -1]}).baseline_embedding == [
        0.0,
        0.25,
        -1.0,
    ]


@pytest.mark.parametrize(
    ("baseline", "reason"),
    [
        (None, "required"),
        ([0, 0.0, -0.0], "zero"),
        ("0.1, 0.2", "list of numbers"),
        ({"0": 0.1}, "list of numbers"),
        ([0.1, "0.2"], "place 1 is no number"),
        ([0.1, None], "place 1 is no number"),
        ([True, 0.1], "place 0 is no number"),
        ([[0.1, 0.2]], "place 0 is no number"),
        ([0.1, float("inf")], "place 1 is not finite"),
        ([float("nan")], "place 0 is not finite"),
        ([0.1, HUGE], "place 1 is not finite"),
        (["x" * 100_000], "place 0 is no number"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_baseline_that_is_no_direction(baseline: Any, reason: str) -> None:
    """It is refused with the reason, in a message of readable length."""
    given = {} if baseline is None else {"baseline_embedding": baseline}
    with pytest.raises(FramedError, match=rf"^baseline_embedding.*{reason}") as refused:
        anomaly_question(given)
    assert refused.value.code is Code.INVALID_PARAMETER
    assert len(refused.value.message) < 500


def test_how_many_numbers_a_baseline_needs_is_the_models_to_say() -> None:
    """None at all are too few as any other wrong number is, not "all zero"."""
    assert anomaly_question({"baseline_embedding": []}).baseline_embedding == []


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity"])
def test_json_without_a_number_for_it_is_refused_by_name(written: str) -> None:
    """Python writes a NaN into JSON; the reader's message says that it may not be there."""
    with pytest.raises(FramedError, match=rf"{written} is not allowed in JSON"):
        read_json(f'{{"baseline_embedding": [{written}]}}'.encode())


def test_a_number_too_large_for_a_float_is_not_finite() -> None:
    """1e400 is a number in JSON, and infinity to everybody who reads it."""
    with pytest.raises(FramedError, match="place 0 is not finite"):
        anomaly_question(read_json(b'{"baseline_embedding": [1e400]}'))


@pytest.mark.parametrize("text", [None, "", "  \n", "\ud800", 7, ["a"]])
def test_a_text_that_cannot_be_compared(text: Any) -> None:
    """None, a blank one or no text is refused by name; a long one is read in part."""
    with pytest.raises(FramedError, match=r"^text"):
        similarity_question({} if text is None else {"text": text})


def test_a_long_text_is_taken() -> None:
    """As the embedding service took it: the model reads its beginning."""
    assert len(similarity_question({"text": "x" * 5000}).text) == 5000


def test_a_text_stays_as_it_stands() -> None:
    """Spaces around it included."""
    assert similarity_question({"text": " a dog "}).text == " a dog "


@pytest.mark.parametrize("count", [1, MAX_TEXTS])
def test_as_many_texts_as_may_be(count: int) -> None:
    """1 to 100, in their order."""
    texts = [f"text {n}" for n in range(count)]
    assert batch_similarity_question({"texts": texts}).texts == texts


@pytest.mark.parametrize(
    "texts", [[], ["a"] * (MAX_TEXTS + 1), ["a", " "], ["a", ""], "a", ["a", 1], None], ids=repr
)
def test_texts_that_cannot_be_compared(texts: Any) -> None:
    """None, more than 100, blank ones and what is no text are refused under `texts`."""
    with pytest.raises(FramedError, match=r"^texts"):
        batch_similarity_question({} if texts is None else {"texts": texts})


def test_the_bodies_are_those_of_the_embedding_service() -> None:
    """Its members, in its order, and no others."""
    row = np.array([0.6, -0.8], np.float32)
    assert list(embed_body(row, 25.41234).items()) == [
        ("embedding", row.tolist()),
        ("inference_time_ms", 25.412),
    ]
    assert list(anomaly_body(0.65, 28.1).items()) == [
        ("anomaly_score", pytest.approx(0.35)),
        ("similarity_to_baseline", 0.65),
        ("inference_time_ms", 28.1),
    ]
    assert similarity_body(0.72, 15.3) == {"similarity": 0.72, "inference_time_ms": 15.3}
    assert batch_similarity_body(["b", "a"], [0.65, 0.15], 45.2) == {
        "similarities": {"b": 0.65, "a": 0.15},
        "inference_time_ms": 45.2,
    }


@pytest.mark.parametrize(
    ("similarity", "score"), [(1.0, 0.0), (0.25, 0.75), (0.0, 1.0), (-0.5, 1.0), (-1.0, 1.0)]
)
def test_the_anomaly_score_is_held_within_its_range(similarity: float, score: float) -> None:
    """0 is as the baseline; what points away from it is not more than 1."""
    body = anomaly_body(similarity, 0.0)
    assert (body["anomaly_score"], body["similarity_to_baseline"]) == (score, similarity)


def test_numbers_lose_nothing() -> None:
    """A float32 read back from JSON is the same float32."""
    row = np.random.default_rng(1).normal(size=64).astype(np.float32)
    read = json.loads(json.dumps(embed_body(row, 0.0)))["embedding"]
    np.testing.assert_array_equal(np.array(read, np.float32), row)


def test_a_text_sent_twice_is_one_answer() -> None:
    """The answer is an object: a name can be there once only."""
    assert batch_similarity_body(["a", "b", "a"], [0.5, 0.25, 0.5], 0.0)["similarities"] == {
        "a": 0.5,
        "b": 0.25,
    }
