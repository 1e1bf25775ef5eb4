"""Labels of which a bank file says more than their word, in `labels.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from framed.bank_structure import LabelFacts
from framed.errors import Code, FramedError
from runners.clip.banks.source import read_bank

DOG = '{"label": "dog", '


def write(config: Path, text: str, templates: str = '["{}"]') -> None:
    (config / "labels.json").write_text(text, encoding="utf-8")
    (config / "templates.json").write_text(templates, encoding="utf-8")


def refusal(config: Path) -> FramedError:
    with pytest.raises(FramedError) as refused:
        read_bank("default", config)
    assert refused.value.code is Code.INVALID_BANK
    assert str(config) not in refused.value.message
    return refused.value


def test_an_entry_may_say_more_of_its_label(tmp_path: Path) -> None:
    """All of it is read, stripped; of a plain label nothing is said, nor of an empty entry."""
    outdoor = {
        "label": " outdoor ",
        "share": 0.6,
        "threshold": 0,
        "templates": ["all {} ", "{}"],
        "synonyms": ["outside "],
        "parent": " place",
    }
    labels = ["sea", outdoor, {"label": "dog"}, {"label": "cat", "synonyms": []}]
    write(tmp_path, json.dumps({"labels": labels}))
    bank = read_bank("default", tmp_path)
    assert bank.labels == ("sea", "outdoor", "dog", "cat")
    assert bank.structure.facts == {
        "outdoor": LabelFacts(0.6, 0.0, ("all {}", "{}"), ("outside",), "place")
    }


def test_what_holds_for_all_labels_stands_beside_them(tmp_path: Path) -> None:
    """A share and a threshold; neither has to be said, nor can a bare list say them."""
    write(tmp_path, '{"share": 0.2, "labels": ["a"], "match_threshold": 1}')
    structure = read_bank("default", tmp_path).structure
    assert (structure.share, structure.match_threshold) == (0.2, 1.0)
    write(tmp_path, '["a", {"label": "b", "share": 0.5}]')
    structure = read_bank("default", tmp_path).structure
    assert (structure.share, structure.match_threshold) == (None, None)
    assert structure.facts == {"b": LabelFacts(share=0.5)}


def test_parents_are_labels_or_not(tmp_path: Path) -> None:
    """The nearest comes first."""
    labels = [{"label": "beagle", "parent": "dog"}, {"label": "dog", "parent": "animal"}]
    write(tmp_path, json.dumps({"labels": labels}))
    structure = read_bank("default", tmp_path).structure
    assert structure.parents("beagle") == ("dog", "animal")
    assert structure.parents("animal") == ()


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ('"share": 0.95}', "line 2: label 'dog': share is 0.95, not a number from 0.001 to 0.9"),
        ('"share": 0}', "share is 0, not a number"),
        ('"share": true}', "share is True, not a number"),
        ('"share": null}', "share is None, not a number"),
        ('"share": NaN}', "share is nan, not a number"),
        ('"share": "0.5"}', "share is '0.5', not a number"),
        ('"threshold": 1.01}', "threshold is 1.01, not a number from 0 to 1"),
        ('"threshold": -0.1}', "threshold is -0.1, not a number"),
        (
            '\n"shaer": 0.5}',
            "line 3: label 'dog': there is no member 'shaer'; did you mean",
        ),
        ('"share": 0.5,\n"share": 0.6}', "line 3: label 'dog': share is already on line 2"),
        ('"templates": "a {}"}', "templates is 'a {}', not a list"),
        ('"templates": [\n"a"]}', "line 3: label 'dog': template 'a' has no {} for the label"),
        ('"templates": [7]}', "template is 7, not a text"),
        ('"templates": ["{}", "{}"]}', "template '{}' is already on line 2"),
        ('"synonyms": {}}', "synonyms is {}, not a list"),
        ('"synonyms": [" "]}', "label 'dog': synonym is blank"),
        ('"synonyms": ["a\\tb"]}', "control characters"),
        ('"synonyms": ["hound", "hound"]}', "synonym 'hound' is already on line 2"),
        ('"synonyms": ["dog"]}', "label 'dog': synonym 'dog' is a label itself"),
        ('"synonyms": ["sea"]}', "label 'dog': synonym 'sea' is a label itself"),
        ('"parent": 7}', "parent is 7, not a text"),
        ('"parent": ""}', "label 'dog': parent is blank"),
        ('"parent": "dog"}', "label 'dog': it stands above itself (dog > dog)"),
    ],
)
def test_a_bad_entry_is_refused_with_line_and_label(
    entry: str, reason: str, tmp_path: Path
) -> None:
    """Whatever is wrong with it."""
    write(tmp_path, f'{{"labels": ["sea",\n{DOG}{entry}]}}')
    assert reason in refusal(tmp_path).message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('["a",\n{"share": 0.5}]', 'line 2: entry has no "label"'),
        ('["a",\n{}]', 'line 2: entry has no "label"'),
        ('["a",\n{"label": "a"}]', "line 2: label 'a' is already on line 1"),
        ('[{"label": 7}]', "line 1: label is 7, not a text"),
        ('[{"label": ["a"], "share": 0.5}]', "label is ['a'], not a text"),
        ('{"labels": ["a"],\n"share": 1}', "line 2: share is 1, not a number from 0.001 to 0.9"),
        ('{"labels": ["a"],\n"match_threshold": "x"}', "line 2: match_threshold is 'x'"),
    ],
)
def test_what_names_no_label_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    """As what is no label today."""
    write(tmp_path, text)
    assert reason in refusal(tmp_path).message


def test_a_word_stands_for_one_label(tmp_path: Path) -> None:
    """Two labels cannot have the same synonym."""
    labels = [{"label": label, "synonyms": ["outside"]} for label in ("outdoor", "garden")]
    write(tmp_path, json.dumps({"labels": labels}))
    told = refusal(tmp_path).message
    assert "label 'garden': synonym 'outside' is already one of 'outdoor'" in told


def test_parents_that_come_round_are_refused(tmp_path: Path) -> None:
    """Each label of the circle is named, and none that only leads into it."""
    pairs = {"a": "b", "b": "c", "c": "a", "d": "a"}
    write(tmp_path, json.dumps([{"label": label, "parent": up} for label, up in pairs.items()]))
    reasons = (refusal(tmp_path).details or {})["reasons"]
    assert len(reasons) == 3
    assert reasons[0] == "line 1: label 'a': it stands above itself (a > c > b > a)"


def test_parents_are_not_piled_up_without_end(tmp_path: Path) -> None:
    """32 above each other are enough."""
    chain: list[dict[str, Any]] = [{"label": f"{n}", "parent": f"{n + 1}"} for n in range(33)]
    write(tmp_path, json.dumps(chain[1:]))
    assert len(read_bank("default", tmp_path).structure.parents("1")) == 32
    write(tmp_path, json.dumps(chain))
    assert "label '0': has more than 32 parents" in refusal(tmp_path).message


def test_synonyms_count_as_labels(tmp_path: Path) -> None:
    """Each has its prompts: together they are 10,000 at most."""
    synonyms = [f"synonym {n}" for n in range(9_999)]
    write(tmp_path, json.dumps([{"label": "a", "synonyms": synonyms}]))
    assert read_bank("default", tmp_path).structure.facts["a"].synonyms == tuple(synonyms)
    write(tmp_path, json.dumps([{"label": "a", "synonyms": synonyms}, "b"]))
    assert "there are 10001 labels; at most 10000" in refusal(tmp_path).message


def test_all_faults_are_told_in_one_answer(tmp_path: Path) -> None:
    """Those of labels, entries, groups and the whole bank, in the order of their lines."""
    lines = ['{"groups": {"g": ["dgo"]},', '"share": 2,', '"labels": [', '{"label": "dog",']
    lines += ['"share": 2}, "",', '{"label": "cat", "synonyms": ["dog"]}]}']
    write(tmp_path, "\n".join(lines))
    assert [reason.split(":")[0] for reason in (refusal(tmp_path).details or {})["reasons"]] == [
        "line 1", "line 2", "line 5", "line 5", "line 6",
    ]  # fmt: skip


def test_a_large_bank_of_faults_is_refused_at_once(tmp_path: Path) -> None:
    """Only the first few unknown words cost a search through all labels."""
    labels = [{"label": f"label {n}", "shaer": 1, "parent": f"label {n}"} for n in range(5000)]
    groups = {f"group {n}": [f"lable {m}" for m in range(n, 5000, 50)] for n in range(50)}
    write(tmp_path, json.dumps({"labels": labels, "groups": groups}))
    assert "more" in refusal(tmp_path).message


@pytest.mark.parametrize(
    ("member", "meant"),
    [
        ("group", "groups"),
        ("match_treshold", "match_threshold"),
        ("Share", "share"),
        ("sahre", "share"),
        ("threshold", "match_threshold"),
        ("treshold", "match_threshold"),
        ("exclusives", "groups"),
    ],
)
def test_a_slip_beside_the_labels_is_told_what_was_meant(
    tmp_path: Path, member: str, meant: str
) -> None:
    """It would be lost without a word; somebody's own notes are none of ours."""
    write(tmp_path, f'{{"labels": ["sea"],\n"{member}": 1}}')
    assert f"line 2: there is no member '{member}'; did you mean '{meant}'" in (
        refusal(tmp_path).message
    )
    write(tmp_path, '{"labels": ["sea"],\n"share": 0.1,\n"share": 0.2}')
    assert "line 3: share is already on line 2" in refusal(tmp_path).message
    write(tmp_path, '{"labels": ["sky"],\n"labels": ["sea"]}')
    assert "line 2: labels is already on line 1" in refusal(tmp_path).message
    write(tmp_path, '{"labels": ["sea"], "notes": "mine", "labels_old": [], "author": "me"}')
    assert read_bank("default", tmp_path).labels == ("sea",)


def test_a_bank_file_beside_labels_json_is_not_passed_over(tmp_path: Path) -> None:
    """What it says would be lost."""
    write(tmp_path, '{"labels": ["sea"]}')
    (tmp_path / "bank.json").write_text('{"share": 0.1}')
    assert "say it in labels.json" in refusal(tmp_path).message
