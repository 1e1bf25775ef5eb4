"""`crops` on the wire: asked for by name, answered with boxes, kept in the cache."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from framed.errors import Code, FramedError
from framed.photo import CropMode
from framed.questions import ClassifyQuestion, FeaturesQuestion
from framed.results import Classification, Features
from framed.wires.body import read_json, write_json
from framed.wires.features import features_body, features_question
from framed.wires.kept import features_from, kept_body
from framed.wires.labelling import classify_body, classify_question
from tests.wires.results import DOG, SEA, classification, features, ranking

CLOSER = replace(
    classification(ranking(by_region=(DOG, SEA), merge="a rule", clip_iqa=0.5)),
    crops="grid",
    regions=((0, 0, 640, 480), (0, 0, 288, 288)),
)
TOLD: dict[str, Any] = {
    "mode": "grid",
    "merge": "a rule",
    "regions": [
        {"box": [0, 0, 640, 480], "label": "dog", "prob": 0.75, "score": 0.31},
        {"box": [0, 0, 288, 288], "label": "sea", "prob": 0.25, "score": 0.3},
    ],
}


def of(found: Classification) -> Features:
    return replace(features(), classification=found)


@pytest.mark.parametrize("crops", ["none", "grid", "saliency"])
def test_both_routes_take_it(crops: CropMode) -> None:
    """As text, by name; none is the default."""
    assert classify_question({"crops": crops}) == ClassifyQuestion(crops=crops)
    assert features_question({"crops": crops}) == FeaturesQuestion(crops=crops)
    assert (ClassifyQuestion().crops, FeaturesQuestion().crops) == ("none", "none")


@pytest.mark.parametrize("bad", ["", "Grid", "5", True, 1, ["grid"], {"mode": "grid"}, "all"])
def test_nothing_else_is_taken(bad: Any) -> None:
    """The refusal says what there is."""
    for question in (classify_question, features_question):
        with pytest.raises(FramedError, match="'none', 'grid' or 'saliency'") as refused:
            question({"crops": bad})
        assert refused.value.code is Code.INVALID_PARAMETER


def test_a_slip_of_the_pen_is_named() -> None:
    """The name that is known stands in the refusal."""
    with pytest.raises(FramedError, match="did you mean 'crops'"):
        classify_question({"crop": "grid"})


def test_regions_stand_in_the_answers() -> None:
    """With box, best label and figures; in `/features` in the detail."""
    assert classify_body(CLOSER, "r1")["crops"] == TOLD
    assert features_body(of(CLOSER), FeaturesQuestion())["detail"]["crops"] == TOLD


def test_nobody_asked_nothing_told() -> None:
    """Without crops the answers are as they were."""
    assert "crops" not in classify_body(classification(), "r1")
    assert "crops" not in features_body(features(), FeaturesQuestion())["detail"]


def test_the_cache_keeps_regions() -> None:
    """Through the file and back nothing is lost."""
    again = features_from(read_json(write_json(kept_body(of(CLOSER)))), 2)
    assert again.classification is not None
    assert again.classification.regions == CLOSER.regions
    before = features_body(of(CLOSER), FeaturesQuestion())
    after = features_body(again, FeaturesQuestion())
    assert json.dumps(after["detail"] | {"cached": False}) == json.dumps(before["detail"])


WRONG: dict[str, Any] = {
    "no regions": {**TOLD, "regions": None},
    "another mode": {**TOLD, "mode": "none of these"},
    "a box of three": {**TOLD, "regions": [{**TOLD["regions"][0], "box": [1, 2, 3]}]},
    "a box of halves": {**TOLD, "regions": [{**TOLD["regions"][0], "box": [0.5, 0, 9, 9]}]},
    "a region without a label": {**TOLD, "regions": [{"box": [0, 0, 9, 9]}]},
    "text": "grid",
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_damaged_regions_are_noticed(wrong: Any) -> None:
    """An entry that is not of this form is made anew."""
    body = read_json(write_json(kept_body(of(CLOSER))))
    with pytest.raises(ValueError, match=r"."):
        features_from({**body, "detail": {**body["detail"], "crops": wrong}}, 2)
