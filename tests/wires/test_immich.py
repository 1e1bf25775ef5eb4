"""`/predict` on the wire."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from framed.errors import FramedError
from framed.wires.immich import predict_body, predict_question

ROW = np.array([0.6, 0.0, -0.8], np.float32)
NAME = "ViT-B-32__openai"


def entries(kind: str, **more: Any) -> str:
    return json.dumps({"clip": {kind: {"modelName": NAME, **more}}})


def test_a_photo_as_immich_asks_about_it() -> None:
    """By its name of the model, whose architecture and weights stand apart."""
    question = predict_question({"entries": entries("visual")})
    assert question.text is None
    assert question.model_names == (NAME, "ViT-B-32/openai")


def test_a_text_as_immich_asks_about_it() -> None:
    """With its language, or without."""
    for more in ({}, {"options": {"language": "de"}}):
        given = {"entries": entries("textual", **more), "text": "Hund", "assetId": "7"}
        assert predict_question(given).text == "Hund"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "entries: it is required"),
        ({"entries": entries("textual")}, "text: it is required"),
        ({"entries": entries("textual"), "text": " "}, "blank"),
        ({"entries": "no json"}, "not JSON"),
        ({"entries": "[]"}, "must be a JSON object"),
        ({"entries": "{}"}, "names 0 of a task"),
        ({"entries": '{"clip": 1}'}, "must be a JSON object"),
        ({"entries": '{"clip": {}}'}, "names 0 of a type"),
        ({"entries": '{"clip": {"audio": {}}}'}, "'visual' or 'textual'"),
        ({"entries": '{"clip": {"visual": {}}}'}, "'modelName'"),
        ({"entries": '{"clip": {"visual": {"modelName": 5}}}'}, "'modelName'"),
        ({"entries": '{"clip": {"visual": {"modelName": "%s"}}}' % ("x" * 201)}, "'modelName'"),
        ({"entries": '{"ocr": {}}'}, "made for text in pictures"),
        ({"entries": '{"facial-recognition": {"detection": {}}}'}, "made for faces"),
        ({"entries": '{"captions": {}}'}, "made for the task 'captions'"),
        ({"entries": '{"clip": {}, "ocr": {}}'}, "names 2 of a task"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_what_cannot_be_answered(given: dict[str, Any], says: str) -> None:
    """It is said what to send instead, or whom to ask."""
    with pytest.raises(FramedError, match=says):
        predict_question(given)


def test_the_answer() -> None:
    """The vector is text: Immich's database reads it; a photo's size stands beside it."""
    body = predict_body(ROW, (640, 480))
    assert (body["imageWidth"], body["imageHeight"]) == (640, 480)
    np.testing.assert_array_equal(np.array(json.loads(body["clip"]), np.float32), ROW)
    assert predict_body(ROW).keys() == {"clip"}
