"""`/analyze` on the wire: its envelope, and its words for what went wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from framed.errors import Code, FramedError
from framed.results import RankedLabel
from framed.wires.analyze import (
    analyze_body,
    analyze_error,
    analyze_parameters,
    not_found,
    upload_parameters,
)
from tests.wires.results import classification, matched, ranking

SAID = {
    Code.TOO_LARGE: "File too large",
    Code.FORBIDDEN_URL: "Invalid URL",
    Code.NOT_READY: "Model not loaded",
    Code.OUT_OF_MEMORY: "CUDA out of memory",
}


def test_the_answer_is_the_envelope_and_nothing_more() -> None:
    """Service, status, predictions, time and framework, in that order."""
    labels = (RankedLabel("man", 0.40149, 0.3), RankedLabel("uniform", 0.2111, 0.2))
    found = classification(ranking(results=labels))
    assert analyze_body(found, {"man": "🧑", "uniform": "👔"}, 0.16) == {
        "service": "clip",
        "status": "success",
        "predictions": [
            {"label": "man", "confidence": 0.401, "emoji": "🧑"},
            {"label": "uniform", "confidence": 0.211, "emoji": "👔"},
        ],
        "metadata": {"processing_time": 0.16, "model_info": {"framework": "OpenCLIP"}},
    }


@pytest.mark.parametrize("emoji", [{}, {"dog": None}, {"dog": ""}])
def test_a_label_without_emoji_has_no_such_member(emoji: dict[str, str | None]) -> None:
    """A null would be printed as None by the clients' own `.get("emoji", "")`."""
    first, *_ = analyze_body(classification(), emoji, 1.0)["predictions"]
    assert first == {"label": "dog", "confidence": 0.75}


def test_no_label_sure_enough_is_an_answer() -> None:
    """An empty list, and success all the same."""
    body = analyze_body(classification(ranking(results=())), {}, 1.0)
    assert (body["status"], body["predictions"]) == ("success", [])


@pytest.mark.parametrize(
    ("model", "framework"),
    [
        ("timm/vit_base_patch32_clip_224.openai", "OpenAI"),
        ("openai/clip-vit-base-patch32", "OpenAI"),
        ("laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K", "OpenCLIP"),
        ("framed/mini", "OpenCLIP"),
    ],
)
def test_the_framework_is_true(model: str, framework: str) -> None:
    """OpenAI where the weights are theirs."""
    body = analyze_body(replace(classification(), model=model), {}, 1.0)
    assert body["metadata"]["model_info"] == {"framework": framework}


@pytest.mark.parametrize(("seconds", "said"), [(0.16049, 0.16), (0.0, 0.001), (1e-5, 0.001)])
def test_time_is_in_milliseconds_and_never_nothing(seconds: float, said: float) -> None:
    """Of answers and of refusals."""
    body = analyze_body(classification(), {}, seconds)
    refusal = analyze_error(FramedError(Code.EMPTY, "so"), "r1", seconds)
    assert body["metadata"]["processing_time"] == said
    assert refusal["metadata"] == {"processing_time": said}


@pytest.mark.parametrize("code", Code)
def test_each_refusal_has_the_envelope(code: Code) -> None:
    """Whatever went wrong: old words where there are any, our own beside them as the reason."""
    body = analyze_error(FramedError(code, "Our sentence."), "r1", 0.5)
    error = body.pop("error")
    assert body == {
        "service": "clip",
        "status": "error",
        "predictions": [],
        "metadata": {"processing_time": 0.5},
    }
    assert (error["code"], error["request_id"]) == (code.value, "r1")
    assert error["message"] == SAID.get(code, "Our sentence.")
    assert error.get("reason") == ("Our sentence." if code in SAID else None)


def test_a_missing_bank_is_no_missing_model() -> None:
    """Both are waited for; the words say which."""
    missing = FramedError(Code.NOT_READY, "so", details={"bank": "everyday"})
    assert analyze_error(missing, "r1", 1.0)["error"]["message"] == "No labels loaded"


@pytest.mark.parametrize("path", ["/path/to/image.jpg", "a {b}.jpg", "x" * 4096])
def test_a_refused_path_is_repeated_as_asked(path: str) -> None:
    """With the reason that every refused path has."""
    refusal = not_found(FramedError(Code.FORBIDDEN_PATH, "Why."), path)
    error = analyze_error(refusal, "r1", 0.001)["error"]
    assert error["message"] == f"File not found: {path}"
    assert (error["code"], error["reason"]) == ("forbidden_path", "Why.")


def test_a_photo_in_the_place_of_a_path_is_not_repeated() -> None:
    """Its kind is."""
    refusal = not_found(FramedError(Code.FORBIDDEN_PATH, "Why."), "data:image/png;base64,iVBORw0")
    assert refusal.details == {"path": "data:image/png;base64,…"}


def test_an_endless_path_is_repeated_in_part() -> None:
    """The answer stays small."""
    refusal = not_found(FramedError(Code.FORBIDDEN_PATH, "Why."), "x" * 60_000)
    assert len(analyze_error(refusal, "r1", 1.0)["error"]["message"]) < 5000


@pytest.mark.parametrize(
    ("given", "url", "file"),
    [
        ({"url": "u"}, "u", None),
        ({"file": "f"}, None, "f"),
        ({"file": "f", "url": ""}, None, "f"),
        ({"url": "u", "threshold": "1", "v": ["1", "2"]}, "u", None),
    ],
)
def test_exactly_one_input(given: dict[str, Any], url: str | None, file: str | None) -> None:
    """An empty one is none, and what is not known is ignored."""
    asked = analyze_parameters(given)
    assert (asked.url, asked.file, asked.model) == (url, file, None)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, Code.NO_PHOTO),
        ({"url": "", "file": ""}, Code.NO_PHOTO),
        ({"model": "m"}, Code.NO_PHOTO),
        ({"url": "u", "file": "f"}, Code.INVALID_PARAMETER),
        ({"url": ["u", "v"]}, Code.INVALID_PARAMETER),
        ({"file": ["f", "f"]}, Code.INVALID_PARAMETER),
    ],
)
def test_none_and_two_are_refused(given: dict[str, Any], code: Code) -> None:
    """Neither, both, or the same one twice."""
    with pytest.raises(FramedError) as refused:
        analyze_parameters(given)
    assert refused.value.code is code


def test_an_upload_may_name_a_model_but_no_address() -> None:
    """The uploaded file is the one input."""
    assert upload_parameters({}).model is None
    asked = upload_parameters({"model": "m", "language": "de", "other": "1"})
    assert (asked.model, asked.language) == ("m", "de")
    with pytest.raises(FramedError) as refused:
        upload_parameters({"url": "http://example.com/a.jpg"})
    assert refused.value.code is Code.INVALID_PARAMETER


@pytest.mark.parametrize(
    ("given", "with_match", "threshold"),
    [
        ({}, False, None),
        ({"match": "false"}, False, None),
        ({"match": "true"}, True, None),
        ({"match_threshold": "0.3"}, True, 0.3),
        ({"match_threshold": "bank", "match": ""}, True, "bank"),
    ],
)
def test_match_is_asked_for(given: dict[str, str], with_match: bool, threshold: Any) -> None:
    """By its name or by a threshold, beside an address and beside a file."""
    for asked in (upload_parameters(given), analyze_parameters({"url": "u", **given})):
        assert (asked.with_match, asked.match_threshold) == (with_match, threshold)


def test_match_stands_behind_what_was_there() -> None:
    """With three decimals, or null with the reason; older clients, who do not ask, see none."""
    body = analyze_body(classification(matched()), {"dog": "🐕"}, 1.0, with_match=True)
    dog, _ = body["predictions"]
    assert list(dog.items()) == [
        ("label", "dog"),
        ("confidence", 0.75),
        ("emoji", "🐕"),
        ("match", 0.9),
    ]
    pending = classification(ranking(no_match="reference_pending"))
    asked = analyze_body(pending, {}, 1.0, with_match=True)
    assert asked["predictions"][0]["match"] is None
    assert asked["metadata"]["match_reason"] == "reference_pending"
    plain = analyze_body(pending, {}, 1.0)
    assert ("match" in plain["predictions"][0], "match_reason" in plain["metadata"]) == (False,) * 2


def test_names_stand_beside_labels() -> None:
    """With a language; older clients, who ask for none, see none."""
    first, second = analyze_body(classification(), {}, 1.0, {"dog": "Hund"})["predictions"]
    assert (first["label"], first["display"]) == ("dog", "Hund")
    assert second["display"] == second["label"]
