"""Stored photos become rows; terms, tags and texts sort them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts.mini.collection import read_captions
from scripts.mini.harvest import packed, write_folder
from scripts.mini.judge import jury_of
from scripts.mini.labels import FLAT, Words
from scripts.mini.material import read_rows, view_rows
from scripts.mini.phrases import gather
from scripts.mini.plan import Plan
from scripts.mini.tags import Tags, concept_of, group_of, tags_of
from scripts.mini.terms import allows_any_use, terms_of
from scripts.mini.unseen import KeptOut

LABELS = (
    FLAT, "ocean", "people", "outdoor", "black and white", "colorful", "vintage", "night", "modern",
    "minimalist",
)  # fmt: skip
ENTRIES: tuple[Mapping[str, Any], ...] = (
    {"source": "corel", "cls": "beaches", "path": "a.jpg", "pos": {"ocean": 1.0, "outdoor": 0.5},
     "unknown": ["people"], "neg_weight": 0.6, "split": "train"},
    {"source": "caltech101", "cls": "pizza", "path": "b.jpg", "pos": {}, "unknown": []},
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    dice = np.random.default_rng(1)
    write_folder(ENTRIES, dice.random((2, 1280)).astype(np.float32), tmp_path)
    return tmp_path


@pytest.fixture
def words() -> Words:
    return Words(
        LABELS, ("a photo of {}",), ("{}",), (("ant",), ("cup", "mug")), {"insect": [0]},
        {"insect": [0]}, {"sea": ["sea"]}, ("river", "ants"), ("red",), ("at night",), ("boat",),
    )  # fmt: skip


def test_features_come_back_within_a_level() -> None:
    """uint8 and a scale a column are enough: half a 255th of the column's largest value."""
    features = np.random.default_rng(2).random((5, 1280)).astype(np.float32) * 7
    values, scale = packed(features)
    assert np.abs(values * scale - features).max() <= features.max() / 255 / 2 * 1.01


def test_a_row_knows_true_false_and_unknown(folder: Path) -> None:
    """Strength of the true, weight of the others, none for the unknown; the flat label is low."""
    rows = read_rows(folder, LABELS)
    column = {label: at for at, label in enumerate(LABELS)}
    assert rows.target[0, column["ocean"]] == 1
    assert rows.weight[0, column["outdoor"]] == 0.5
    assert rows.weight[0, column["people"]] == 0
    assert rows.weight[0, column["night"]] == pytest.approx(0.6)
    assert 0 < rows.target[0, column[FLAT]] < 0.5
    assert rows.attribute[0] == -1


def test_a_view_knows_its_attribute_and_its_opposite() -> None:
    """Everything else about it is unknown."""
    rows = view_rows(np.zeros((1, 1280), np.float32), ["bw"], ["MIT"], LABELS)
    column = {label: at for at, label in enumerate(LABELS)}
    assert rows.target[0, column["black and white"]] == 1
    assert rows.weight[0, column["colorful"]] > 0
    assert rows.target[0, column["colorful"]] == 0
    assert rows.weight[0, column["people"]] == 0
    assert rows.attribute[0] == column["black and white"]


@pytest.mark.parametrize(
    ("row", "allowed"),
    [
        ({"source": "caltech101"}, True),
        ({"source": "daynight"}, True),
        ({"source": "flickr8k"}, False),
        ({"source": "sport"}, False),
        ({"source": "coco", "licence_id": 4}, True),
        ({"source": "coco", "licence_id": 5}, False),
        ({"source": "coco", "licence_id": 1}, False),
        ({"source": "new", "terms": "CC0 1.0"}, True),
        ({"source": "new", "terms": "CC BY 2.0"}, True),
        ({"source": "new", "terms": "CC BY-SA 4.0"}, False),
        ({"source": "new", "terms": "CC BY-NC 2.0"}, False),
        ({"source": "view_bw"}, False),
    ],
    ids=str,
)
def test_only_terms_of_any_use_are_permissive(row: Mapping[str, Any], allowed: bool) -> None:
    """Share-alike, non-commercial and unstated terms are not; a photo's own terms go first."""
    assert allows_any_use(row) is allowed
    assert terms_of(row)


def test_no_phrase_holds_a_noun_kept_out(words: Words) -> None:
    """Not as class, caption, token or in a composition."""
    found = gather(
        words, Plan(compositions=200), KeptOut(["ant", "boat"]), classes=["ant", "cup"],
        tokens=["ants", "tree"], captions=["an ant on a tree", "a tree"],
    )  # fmt: skip
    assert "a tree" in found.at
    assert "cup" in found.at
    assert not [text for text in found.texts if KeptOut(["ant", "boat"]).holds(text)]
    assert found.weights().sum() == pytest.approx(1.0)


def test_photos_get_the_texts_that_are_theirs(folder: Path, words: Words) -> None:
    """Class, caption and what the trunk is sure of; a row without any draws -1."""
    rows = read_rows(folder, LABELS)
    phrases = gather(words, Plan(), KeptOut([]), classes=["beaches"], captions=["waves roll in"])
    shares = np.array([[0.1, 0.9], [0.3, 0.3]], np.float32)
    tags = tags_of(rows, shares, words, phrases, {"a.jpg": ["waves roll in"]})
    own = {phrases.texts[at] for at in tags.values[: tags.starts[1]]}
    assert {"waves roll in", "beaches", "cup"} <= own
    assert "ant" not in own
    assert Tags(np.array([7]), np.array([0, 0, 1])).draw(
        np.array([0, 1]), np.random.default_rng(1)
    ).tolist() == [-1, 7]


def test_classes_tell_concept_and_group() -> None:
    """A beach of this source is the sea; what has no plain subject has none."""
    assert group_of(ENTRIES[0]) == "sea"
    assert concept_of(ENTRIES[0], ["mountain", "sea"]) == 1
    assert group_of({"source": "x", "cls": "", "pos": {}, "group": "street"}) == "street"
    assert group_of({"source": "x", "cls": "nautilus", "pos": {"ocean": 1.0}}) is None


def test_a_photo_without_a_class_goes_by_its_labels() -> None:
    """A street with people in it is a street; with nothing plain it is nothing."""
    walkers = {"source": "x", "cls": "", "pos": {"people": 0.8, "street photography": 0.8}}
    assert group_of(walkers) == "street"
    assert group_of({"source": "x", "cls": "", "pos": {"outdoor": 1.0}}) is None


def test_the_jury_judges_by_what_is_known(folder: Path) -> None:
    """Core labels leave out the general ones, and the flat label is never judged."""
    rows = read_rows(folder, LABELS)
    jury = jury_of(rows, LABELS, ["pizza"], [("pizza", rows.features[1])], rows.take([False] * 2))
    (line,) = jury.lines(lambda entry: str(entry["path"]))
    assert line["photo"] == "a.jpg"
    assert set(line["labels"]) == {"ocean", "outdoor"}
    assert line["core"] == ["ocean"]
    assert set(line["unknown"]) == {"people", FLAT}


def test_captions_of_other_terms_stay_out_of_the_permissive_variant(tmp_path: Path) -> None:
    """Both variants read the same file."""
    file = tmp_path / "captions.jsonl"
    file.write_text(
        '{"path": "a", "captions": ["one"], "terms": "research"}\n'
        '{"path": "", "captions": ["two"], "terms": "CC BY 4.0"}\n'
    )
    assert read_captions([file], Plan()) == {"a": ["one"], "": ["two"]}
    assert read_captions([file], Plan(variant="permissive")) == {"": ["two"]}
