"""Groups of labels, in `labels.json` and as the files of a folder, and `bank.json` beside these."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from framed.bank_structure import BankStructure, LabelFacts, LabelGroup
from runners.clip.banks.source import read_bank
from tests.clip.test_bank_entries import refusal, write
from tests.clip.test_bank_source import refusal as folder_refusal
from tests.clip.test_bank_source import write_text_bank

CONFIG = Path(__file__).parents[2] / "config"


def groups_of(config: Path, body: Any) -> Any:
    write(config, json.dumps(body))
    return read_bank("default", config).structure.groups


def test_groups_are_lists_of_labels_or_say_that_one_excludes_the_others(tmp_path: Path) -> None:
    """In file order; a label may be of several, or of none."""
    groups = {"what": ["sea", "dog"], "when": {"labels": [" night ", "sea"], "exclusive": True}}
    found = groups_of(tmp_path, {"labels": ["dog", "sea", "night", "x"], "groups": groups})
    assert list(found.items()) == [
        ("what", LabelGroup(("sea", "dog"))),
        ("when", LabelGroup(("night", "sea"), exclusive=True)),
    ]


def test_without_labels_they_are_those_of_the_groups(tmp_path: Path) -> None:
    """In order, once each, with what any of the groups says of them."""
    groups = {
        "what": ["sea", {"label": "dog", "share": 0.2}],
        "when": {"labels": ["night", {"label": "sea", "parent": "water"}, "dog"]},
    }
    write(tmp_path, json.dumps({"groups": groups, "share": 0.1}))
    bank = read_bank("default", tmp_path)
    assert bank.labels == ("sea", "dog", "night")
    assert bank.structure.facts == {"sea": LabelFacts(parent="water"), "dog": LabelFacts(share=0.2)}
    assert bank.structure.groups["when"] == LabelGroup(("night", "sea", "dog"))
    assert bank.structure.share == 0.1


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        (
            '{"a": ["sea"],\n"b": ["see"]}',
            "line 2: group 'b': the bank has no label 'see'; did you",
        ),
        ('{"a": []}', "line 1: group 'a': holds no labels"),
        ('{"a": {"labels": []}}', "group 'a': holds no labels"),
        ('{"a": {"exclusive": true}}', "group 'a': has no \"labels\""),
        ('{"a": {"labels": "sea"}}', "group 'a': labels is 'sea', not a list"),
        ('{"a": {"labels": ["sea"], "exclusive": 1}}', "exclusive is 1, neither true nor false"),
        ('{"a": {"labels": ["sea"], "exlusive": true}}', "no member 'exlusive'; did you mean"),
        ('{"a": "sea"}', "group 'a': is 'sea', neither a list nor an object"),
        ('["sea"]', "groups is ['sea'], not an object"),
        ('{"a": ["sea", 7]}', "group 'a': label is 7, not a text"),
        ('{"a": ["sea",\n"sea"]}', "line 2: group 'a': label 'sea' is already on line 1"),
        ('{"a": ["sea"],\n"a": ["dog"]}', "line 2: group 'a' is already on line 1"),
        ('{"prob": ["sea"]}', "group 'prob' has the name of an order"),
        ('{"match": ["sea"], "z": ["sea"]}', "group 'z' has the name of an order"),
        ('{"": ["sea"]}', "group '' is not named by 1 to 64 printable characters"),
        ('{"a\\nb": ["sea"]}', "printable"),
        (f'{{"{"x" * 65}": ["sea"]}}', "is not named by 1 to 64"),
        ('{"a": [{"label": "sea", "share": 0.5}]}', 'belongs under "labels"'),
    ],
)
def test_a_bad_group_is_refused_with_line_and_name(
    groups: str, reason: str, tmp_path: Path
) -> None:
    """Whatever is wrong with it; of a label that is not there the nearest is told."""
    write(tmp_path, f'{{"labels": ["sea", "dog"], "groups": {groups}}}')
    assert reason in refusal(tmp_path).message


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ("[]", "groups is [], not an object"),
        ("{}", "holds no labels"),
        ('{"a": []}', "group 'a': holds no labels"),
        ('{"a": ["sea", 7]}', "line 1: group 'a': label is 7, not a text"),
        ('{"a": [{"share": 0.5}]}', 'entry has no "label"'),
        ('{"a": [{"label": "sea", "share": 5}]}', "label 'sea': share is 5"),
        (
            '{"a": [{"label": "sea", "share": 0.5}],\n"b": [{"label": "sea", "share": 0.5}]}',
            "line 2: label 'sea' is described on line 1 already",
        ),
        ('{"a": [{"share": 0.5}, \n{"shrae": 5}]}', 'line 2: entry has no "label"'),
        (
            '{"a": ["sea"], "b": [\n{"label": "sea", "share": 5}]}',
            "line 2: label 'sea': share is 5",
        ),
    ],
)
def test_groups_alone_are_held_to_the_same_rules(groups: str, reason: str, tmp_path: Path) -> None:
    """Each fault is told once."""
    write(tmp_path, f'{{"groups": {groups}}}')
    told = refusal(tmp_path)
    assert reason in told.message
    reasons = (told.details or {})["reasons"]
    assert len(reasons) == len(set(reasons))


def test_files_of_a_folder_are_groups(tmp_path: Path) -> None:
    """In the order of their names; a label of two files is of both groups, templates are none."""
    files = {"b": "sea\nsky\n", "a": "dog\nsky\ndog\n", "c": "# nothing\n", "templates": "{}"}
    write_text_bank(tmp_path, **files)
    bank = read_bank("words", tmp_path)
    assert bank.labels == ("dog", "sky", "sea")
    assert list(bank.structure.groups.items()) == [
        ("a", LabelGroup(("dog", "sky"))),
        ("b", LabelGroup(("sea", "sky"))),
    ]


def test_one_file_is_no_group(tmp_path: Path) -> None:
    """It would say nothing."""
    write_text_bank(tmp_path, a="dog\n", b="# nothing\n")
    assert read_bank("words", tmp_path).structure == BankStructure()


def test_a_file_that_has_the_name_of_an_order_has_labels_but_is_no_group(tmp_path: Path) -> None:
    """A bank that was served before there were groups is served."""
    write_text_bank(tmp_path, a="dog\n", z="sea\n")
    bank = read_bank("words", tmp_path)
    assert bank.labels == ("dog", "sea")
    assert list(bank.structure.groups) == ["a"]


def test_more_is_said_of_a_folder_beside_its_files(tmp_path: Path) -> None:
    """Of labels that stand in them, of groups and of the whole bank."""
    folder = write_text_bank(tmp_path, a="dog\nsky\n", b="sea\n")
    said = {
        "share": 0.2,
        "match_threshold": 0.4,
        "exclusive": ["b"],
        "labels": [{"label": "sea", "threshold": 0.5, "synonyms": ["ocean"]}, "dog"],
    }
    (folder / "bank.json").write_text(json.dumps(said))
    bank = read_bank("words", tmp_path)
    assert bank.labels == ("dog", "sky", "sea")
    assert bank.structure == BankStructure(
        {"sea": LabelFacts(threshold=0.5, synonyms=("ocean",))},
        {"a": LabelGroup(("dog", "sky")), "b": LabelGroup(("sea",), exclusive=True)},
        0.2,
        0.4,
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"labels": [\n"see"]}', "line 2: the files have no label 'see'; did you mean 'sea'?"),
        ('{"labels": ["sea",\n{"label": "sea"}]}', "line 2: label 'sea' is already on line 1"),
        ('{"labels": [{"label": "sea", "share": 2}]}', "line 1: label 'sea': share is 2"),
        ('{"labels": [{"label": "sea", "synonyms": ["dog"]}]}', "'dog' is a label itself"),
        ('{"labels": "sea"}', "labels is 'sea', not a list"),
        ('{"exclusive": ["a",\n"animal"]}', "line 2: there is no group 'animal'; did you mean"),
        ('{"exclusive": ["a", "a"]}', "group 'a' is already on line 1"),
        ('{"exclusive": true}', "exclusive is True, not a list"),
        ('{"match_threshold": 2}', "match_threshold is 2, not a number from 0 to 1"),
        ('{"threshold": 0.5}', "no member 'threshold'; did you mean 'match_threshold'?"),
        ("[]", "must hold an object"),
        ("{", "line 1, column"),
    ],
)
def test_a_bad_file_beside_them_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    """By its name, with line and reason."""
    folder = write_text_bank(tmp_path, a="dog\n", animals="sea\n")
    (folder / "bank.json").write_text(text)
    told = folder_refusal("words", tmp_path).message
    assert told.startswith("words/bank.json")
    assert reason in told


def test_the_default_bank_tells_the_subject_from_style_and_light() -> None:
    """Each label is of a group, and none that says how a photo looks is a subject."""
    bank = read_bank("default", CONFIG)
    groups = {name: set(group.labels) for name, group in bank.structure.groups.items()}
    assert set().union(*groups.values()) == set(bank.labels)
    assert {"colorful", "vintage", "photography"} <= groups["style"]
    assert {"night", "sunset", "sunrise"} == groups["light"]
    assert not groups["subject"] & ((groups["style"] - {"abstract"}) | groups["light"])
    assert groups["place"] == {"indoor", "outdoor"}
    assert not any(group.exclusive for group in bank.structure.groups.values())
