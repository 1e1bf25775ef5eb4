"""Names that people are shown: read beside a bank's labels, and no part of what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framed.errors import Code, FramedError
from runners.clip.banks.bank import bank_checksum
from runners.clip.banks.source import find_banks, read_bank
from tests.clip.test_bank_source import write_json_bank, write_text_bank

CONFIG = Path(__file__).parents[2] / "config"
SHIPPED = [
    (bank, language) for bank in find_banks(CONFIG) for language in read_bank(bank, CONFIG).names
]


def write_names(folder: Path, language: str, text: str) -> Path:
    (folder / "names").mkdir(exist_ok=True)
    file = folder / "names" / f"{language}.json"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(config: Path) -> FramedError:
    with pytest.raises(FramedError) as refused:
        read_bank("b", config)
    assert refused.value.code is Code.INVALID_BANK
    assert str(config) not in refused.value.message
    return refused.value


def test_a_bank_without_names_has_none(tmp_path: Path) -> None:
    """Nothing has to be translated."""
    write_json_bank(tmp_path / "banks" / "b", ["sea"])
    assert read_bank("b", tmp_path).names == {}


def test_names_are_read_by_language(tmp_path: Path) -> None:
    """A file a language; a label may be without a name, and names are stripped."""
    folder = write_json_bank(tmp_path / "banks" / "b", ["sea", "dog"])
    write_names(folder, "de", '{"sea": " Meer "}')
    write_names(folder, "pt-br", '{"dog": "cachorro", "sea": "mar"}')
    assert read_bank("b", tmp_path).names == {
        "de": {"sea": "Meer"},
        "pt-br": {"dog": "cachorro", "sea": "mar"},
    }


def test_every_format_may_have_names(tmp_path: Path) -> None:
    """A folder of text files as well as JSON, and the default bank beside its labels."""
    folder = write_text_bank(tmp_path, "b", animals="dog\n")
    write_names(folder, "de", '{"dog": "Hund"}')
    write_json_bank(tmp_path, ["sea"])
    write_names(tmp_path, "de", '{"sea": "Meer"}')
    assert read_bank("b", tmp_path).names == {"de": {"dog": "Hund"}}
    assert read_bank("default", tmp_path).names == {"de": {"sea": "Meer"}}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"sea": "Meer",\n "see": "x"}', "line 2: the bank has no label 'see'; did you"),
        ('{"sea": "Meer",\n\n "sea": "See"}', "line 3: label 'sea' is already on line 1"),
        ('{\n"sea": 7}', "line 2: name of 'sea' is 7, not a text"),
        ('{"sea": null}', "not a text"),
        ('{"sea": "  "}', "line 1: name of 'sea' is blank"),
        ('{"sea": "a\\nb"}', "control characters"),
        ('{"sea": "' + "x" * 201 + '"}', "201 characters"),
        ('{"sea": "Meer"', "line 1, column"),
        ('["sea"]', "must hold an object"),
        ("[" * 100_000, "nested too deeply"),
    ],
    ids=["unknown", "twice", "number", "null", "blank", "control", "long", "cut", "list", "deep"],
)
def test_a_bad_file_is_named_with_line_and_reason(text: str, reason: str, tmp_path: Path) -> None:
    """As label files are; an unknown label is told the nearest."""
    folder = write_json_bank(tmp_path / "banks" / "b", ["sea", "dog"])
    write_names(folder, "de", text)
    message = refusal(tmp_path).message
    assert message.startswith("names/de.json")
    assert reason in message


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Up to a handful; of many unknown labels only the first few cost a search."""
    folder = write_json_bank(tmp_path / "banks" / "b", [f"label {n}" for n in range(5000)])
    write_names(folder, "de", json.dumps({f"lable {n}": "x" for n in range(5000)}, indent=1))
    refused = refusal(tmp_path)
    assert "line 2:" in refused.message
    assert "line 4:" in refused.message
    assert "and 4995 more" in refused.message


@pytest.mark.parametrize("language", ["german", "DE", "de_AT", "x", "-de"])
def test_a_file_that_is_not_named_by_a_language(language: str, tmp_path: Path) -> None:
    """It would never be asked for."""
    folder = write_json_bank(tmp_path / "banks" / "b", ["sea"])
    write_names(folder, language, "{}")
    assert "is not named by a language" in refusal(tmp_path).message


def test_the_checksum_knows_no_names() -> None:
    """It is made of labels, templates and the model alone."""
    bank = read_bank("default", CONFIG)
    assert bank.names
    assert bank_checksum(bank.labels, bank.templates, "r") == bank_checksum(
        json.loads((CONFIG / "labels.json").read_text())["labels"],
        json.loads((CONFIG / "templates.json").read_text())["templates"],
        "r",
    )


@pytest.mark.parametrize("bank", ["default", "everyday"])
def test_the_large_banks_are_named_in_three_languages(bank: str) -> None:
    """German, Spanish and French ship for each."""
    assert {"de", "es", "fr"} <= read_bank(bank, CONFIG).names.keys()


@pytest.mark.parametrize(("bank", "language"), SHIPPED)
def test_shipped_names_are_whole(bank: str, language: str) -> None:
    """Each label has a name, and no two have the same."""
    text = read_bank(bank, CONFIG)
    names = text.names[language]
    assert set(names) == set(text.labels)
    assert len({name.casefold() for name in names.values()}) == len(names)


@pytest.mark.parametrize(("bank", "language"), SHIPPED)
def test_a_label_of_two_banks_has_one_name(bank: str, language: str) -> None:
    """Which bank answered makes no difference to the reader."""
    default = read_bank("default", CONFIG).names.get(language, {})
    names = read_bank(bank, CONFIG).names[language]
    shared = default.keys() & names.keys()
    assert {label: names[label] for label in shared} == {label: default[label] for label in shared}


def test_a_word_that_was_merged_means_its_label(tmp_path: Path) -> None:
    """In names and in `bank.json`, as writer or parent; what the label's own entry says holds."""
    folder = write_text_bank(tmp_path, "b", animals="cat\nlion\nCats\ndog\nDogs\n")
    write_names(folder, "de", '{"Cats": "Katze", "Dogs": "Hunde", "dog": "Hund"}')
    said = [{"label": "Cats", "share": 0.2}, {"label": "lion", "parent": "Cats"}]
    (folder / "bank.json").write_text(json.dumps({"labels": said}))
    bank = read_bank("b", tmp_path)
    assert bank.names == {"de": {"cat": "Katze", "dog": "Hund"}}
    assert bank.structure.facts["cat"].share == 0.2
    assert bank.structure.facts["lion"].parent == "cat"
    (folder / "bank.json").write_text(json.dumps({"labels": ["cat", "Cats"]}))
    assert "cat" in refusal(tmp_path).message
