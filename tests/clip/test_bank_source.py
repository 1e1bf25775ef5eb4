"""Bank files: what is read, and how what is wrong with them is said."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from framed.errors import Code, FramedError
from runners.clip.banks.source import find_banks, read_bank

REPO = Path(__file__).parents[2]


def write_json_bank(folder: Path, labels: Any, templates: Any = ("a photo of {}",)) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "labels.json").write_text(json.dumps({"labels": labels}), encoding="utf-8")
    (folder / "templates.json").write_text(json.dumps({"templates": templates}), encoding="utf-8")
    return folder


def write_text_bank(config: Path, name: str = "words", **files: str) -> Path:
    folder = config / "banks" / name
    folder.mkdir(parents=True)
    for file, text in files.items():
        (folder / f"{file}.txt").write_text(text, encoding="utf-8", newline="")
    return folder


def refusal(name: str, config: Path) -> FramedError:
    """What reading the bank `name` is refused with."""
    with pytest.raises(FramedError) as refused:
        read_bank(name, config)
    assert refused.value.code == Code.INVALID_BANK
    assert str(config) not in refused.value.message
    return refused.value


def test_the_default_bank_is_the_service_s_own() -> None:
    """The default bank has 50 labels, 8 that are apart, and 6 templates."""
    bank = read_bank("default", REPO / "config")
    assert (len(bank.labels), len(bank.structure.apart), len(bank.templates)) == (58, 8, 6)


def test_all_shipped_banks_can_be_read() -> None:
    """Every bank that ships is found and valid, `landmarks` among them."""
    names = find_banks(REPO / "config")
    assert names[0] == "default"
    assert "landmarks" in names
    for name in names:
        assert read_bank(name, REPO / "config").name == name


def test_banks_are_found_by_folder(tmp_path: Path) -> None:
    """Folders under banks/ are banks, by name; files and names that no caller may use are not."""
    for name in ("zoo", "art", "Not-A-Name", "default"):
        (tmp_path / "banks" / name).mkdir(parents=True)
    (tmp_path / "banks" / "notes").write_text("no folder")
    assert find_banks(tmp_path) == ("default", "art", "zoo")


def test_a_machine_without_banks_has_the_default_one(tmp_path: Path) -> None:
    """The default bank is always named, even where no folder is."""
    assert find_banks(tmp_path / "absent") == ("default",)


def test_json_banks_keep_their_order(tmp_path: Path) -> None:
    """Labels and templates stand as in the file, without the blanks around them."""
    write_json_bank(tmp_path / "banks" / "b", ["sea ", "Meer", "ähre"], ["{}", "a {} by {}"])
    bank = read_bank("b", tmp_path)
    assert bank.labels == ("sea", "Meer", "ähre")
    assert bank.templates == ("{}", "a {} by {}")


@pytest.mark.parametrize("how", ["mark", "crlf", "bare"])
def test_windows_files_are_read(how: str, tmp_path: Path) -> None:
    """A byte order mark, CRLF line ends and a bare list are all the same bank."""
    folder = write_json_bank(tmp_path / "banks" / "b", ["a", "b"])
    text = {
        "mark": '\ufeff{"labels": ["a", "b"]}',
        "crlf": '{\r\n "labels": [\r\n "a",\r\n "b"]\r\n}',
        "bare": '["a", "b"]',
    }[how]
    (folder / "labels.json").write_bytes(text.encode())
    assert read_bank("b", tmp_path).labels == ("a", "b")


def test_other_keys_are_left_alone(tmp_path: Path) -> None:
    """Keys beside `labels`, whatever they hold, do not confuse the line numbers."""
    folder = write_json_bank(tmp_path / "banks" / "b", [])
    text = '{"x": {"labels": ["no"]},\n"y": [1, "}"],\n"labels": [\n"a",\n""]\n}'
    (folder / "labels.json").write_text(text)
    assert refusal("b", tmp_path).message == "b/labels.json, line 5: label is blank."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"labels": ["a",\n "b"', r"line 2, column 5"),
        ('{"labels": ["a",\n]}', r"line \d"),
        ("", "line 1, column 1"),
        ('{"label": ["a"]}', '"labels"'),
        ('"labels"', '"labels"'),
        ('{"labels": {"a": 1}}', '"labels"'),
        ('{"labels": []}', "no labels"),
        ('{"labels": [\n"a", 7]}', "line 2: label is 7, not a text"),
        ('{"labels": [null]}', "line 1: label is None, not a text"),
        ('{"labels": ["a",\n"  "]}', "line 2: label is blank"),
        ('{"labels": ["a",\n"b",\n\n"a"]}', "line 4: label 'a' is already on line 1"),
        ('{"labels": ["a\\nb"]}', "control characters"),
        ('{"labels": ["' + "x" * 201 + '"]}', "201 characters"),
        ("[" * 100_000, "."),
    ],
    ids=[
        "cut off",
        "comma too many",
        "empty file",
        "another key",
        "a text",
        "an object",
        "empty list",
        "number",
        "null",
        "blank",
        "twice",
        "line break inside",
        "too long",
        "too deep",
    ],
)
def test_bad_labels_are_refused_with_line_and_reason(
    text: str, reason: str, tmp_path: Path
) -> None:
    """A bad file is named with the line and what is wrong there."""
    folder = write_json_bank(tmp_path / "banks" / "b", ["fine"])
    (folder / "labels.json").write_text(text)
    error = refusal("b", tmp_path)
    assert error.message.startswith("b/labels.json")
    assert re.search(reason, error.message), error.message


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    """Several faults come in one answer; beyond a handful they are counted."""
    write_json_bank(tmp_path / "banks" / "b", ["a", "a", 1, *[""] * 8])
    error = refusal("b", tmp_path)
    assert "already on line 1" in error.message
    assert "not a text" in error.message
    assert "and 5 more" in error.message
    assert error.details is not None
    assert len(error.details["reasons"]) == 10


@pytest.mark.parametrize(
    ("templates", "reason"),
    [
        ([], "no templates"),
        (["a photo"], "has no {}"),
        (["{}", "{}"], "already"),
        (["{0}"], "no {}"),
    ],
    ids=["none", "no place", "twice", "numbered place"],
)
def test_bad_templates_are_refused(templates: Any, reason: str, tmp_path: Path) -> None:
    """Templates need a place for the label, and to be there once."""
    write_json_bank(tmp_path / "banks" / "b", ["a"], templates)
    error = refusal("b", tmp_path)
    assert error.message.startswith("b/templates.json")
    assert reason in error.message


def test_too_many_labels_are_refused(tmp_path: Path) -> None:
    """10,000 labels are a bank, one more is not."""
    folder = tmp_path / "banks" / "b"
    write_json_bank(folder, [f"label {n}" for n in range(10_000)])
    assert len(read_bank("b", tmp_path).labels) == 10_000
    write_json_bank(folder, [f"label {n}" for n in range(10_001)])
    assert "at most 10000" in refusal("b", tmp_path).message


def test_bytes_that_are_no_utf8_are_refused_by_line(tmp_path: Path) -> None:
    """A file in another encoding is refused with the line of its first wrong byte."""
    folder = write_json_bank(tmp_path / "banks" / "b", ["a"])
    (folder / "labels.json").write_bytes('{"labels": ["a",\n"café"]}'.encode("latin-1"))
    assert "line 2: is not UTF-8" in refusal("b", tmp_path).message


@pytest.mark.parametrize("missing", ["labels.json", "templates.json"])
def test_a_missing_file_of_the_default_bank_is_named(missing: str, tmp_path: Path) -> None:
    """A default bank without one of its files is refused by that file's name."""
    write_json_bank(tmp_path, ["a"])
    (tmp_path / missing).unlink()
    assert missing in refusal("default", tmp_path).message


def test_an_empty_folder_is_no_bank(tmp_path: Path) -> None:
    """A bank folder with no file of a known format is refused."""
    (tmp_path / "banks" / "b").mkdir(parents=True)
    assert "labels.json" in refusal("b", tmp_path).message


@pytest.mark.parametrize("name", ["landmark", "../banks/landmarks", "Landmarks", ""])
def test_unknown_banks_name_what_there_is(name: str) -> None:
    """A bank that is not there, or a path, is refused and the known ones are named."""
    with pytest.raises(FramedError, match="landmarks") as refused:
        read_bank(name, REPO / "config")
    assert (refused.value.code, refused.value.status) == (Code.UNKNOWN_BANK, 404)


def test_text_folders_are_banks(tmp_path: Path) -> None:
    """Labels stand a line each, in the order of file names; repeats count once."""
    write_text_bank(tmp_path, b="sea\r\n\r\nsky\r\n", a="# things\n dog \ncat\nsky\ncat\n")
    bank = read_bank("words", tmp_path)
    assert bank.labels == ("dog", "cat", "sky", "sea")
    assert bank.templates == ("a photo of a {}",)


def test_text_folders_may_bring_templates(tmp_path: Path) -> None:
    """A folder of texts brings its templates as text or as JSON, and neither is a label."""
    folder = write_text_bank(tmp_path, a="dog", templates="a {}\n# no\nthe {}\n")
    bank = read_bank("words", tmp_path)
    assert (bank.labels, bank.templates) == (("dog",), ("a {}", "the {}"))
    (folder / "templates.json").write_text('{"templates": ["my {}"]}')
    assert read_bank("words", tmp_path).templates == ("my {}",)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"a": "# nothing\n\n"}, "hold no labels"),
        ({"a": "fine\n" + "x" * 300}, "a.txt, line 2: label is 300 characters"),
        ({"a": "fine", "templates": "{}\nno place"}, "templates.txt, line 2"),
        ({"a": "fine\n\nta\tb"}, "a.txt, line 3: label 'ta\\tb' holds control"),
    ],
    ids=["only comments", "too long", "template without place", "a tab"],
)
def test_bad_text_folders_are_refused(files: dict[str, str], reason: str, tmp_path: Path) -> None:
    """Text banks are held to the same rules, with file and line."""
    write_text_bank(tmp_path, **files)
    assert reason in refusal("words", tmp_path).message


@pytest.mark.parametrize("kind", ["fifo", "device", "folder", "circle"])
@pytest.mark.parametrize("place", ["labels.json", "templates.json", "names/de.json"])
def test_what_is_no_file_is_refused_at_once(kind: str, place: str, tmp_path: Path) -> None:
    """A FIFO, device, folder or circle of links in the place of any bank file is named, and
    nobody waits for it."""
    write_json_bank(tmp_path, ["dog"])
    file = tmp_path / place
    file.unlink(missing_ok=True)
    file.parent.mkdir(exist_ok=True)
    if kind == "fifo":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    elif kind == "folder":
        file.mkdir()
    else:
        file.symlink_to(file.name)
    told = refusal("default", tmp_path).message
    assert f"{file.parent.name}/{file.name} " in told
    says = {
        "fifo": "is not a regular file",
        "device": "is not a regular file",
        "folder": "cannot be read: Is a directory",
        "circle": "cannot be read: Too many levels of symbolic links",
    }
    assert says[kind] in told


def test_a_fifo_among_text_files_is_refused(tmp_path: Path) -> None:
    """Of a folder of *.txt, too."""
    folder = write_text_bank(tmp_path, a="dog\n")
    os.mkfifo(folder / "b.txt")
    assert "words/b.txt is not a regular file" in refusal("words", tmp_path).message


def test_labels_that_differ_in_case_or_number_are_one(tmp_path: Path) -> None:
    """In text they are merged, over files and in groups, and each is warned of with its line."""
    write_text_bank(tmp_path, a="cat\nDog\ndogs\n", b="# pets\nCats\nfish\ncats\n")
    bank = read_bank("words", tmp_path)
    assert bank.labels == ("cat", "Dog", "fish")
    assert bank.structure.groups["b"].labels == ("cat", "fish")
    told = "but for case or number; the two are one label."
    assert bank.warnings == (
        f"words/a.txt, line 3: 'dogs' is 'Dog' {told}",
        f"words/b.txt, line 2: 'Cats' is 'cat' {told}",
        f"words/b.txt, line 4: 'cats' is 'cat' {told}",
    )


@pytest.mark.parametrize("labels", [["cat", "sea", "Cats"], [{"label": "cat"}, "sea", "CAT"]])
def test_in_json_they_are_refused(labels: list[Any], tmp_path: Path) -> None:
    """With file, line and reason: what is said of either would be said of one."""
    folder = write_json_bank(tmp_path / "banks" / "b", labels)
    (folder / "labels.json").write_text(json.dumps({"labels": labels}, indent=1))
    assert re.search(
        r"b/labels\.json, line \d+: label '\w+' is 'cat' of line", str(refusal("b", tmp_path))
    )


def test_a_synonym_may_be_the_plural(tmp_path: Path) -> None:
    """It is no label beside it."""
    write_json_bank(tmp_path / "banks" / "b", [{"label": "cat", "synonyms": ["cats"]}])
    assert read_bank("b", tmp_path).warnings == ()


def test_a_line_that_looks_like_several_labels_is_asked_about(tmp_path: Path) -> None:
    """And served as one meanwhile, in either format."""
    write_text_bank(tmp_path, a="sea\ncat,dog,bird\n")
    write_json_bank(tmp_path / "banks" / "b", ["sea", "cat,dog,bird"])
    for name, file in (("words", "words/a.txt, line 2"), ("b", "b/labels.json, line 1")):
        bank = read_bank(name, tmp_path)
        assert bank.labels == ("sea", "cat,dog,bird")
        (warning,) = bank.warnings
        assert warning.startswith(f"{file}: is 'cat,dog,bird' one label, or 3")


def test_endings_may_be_in_capitals(tmp_path: Path) -> None:
    """As some systems write them: labels and templates alike."""
    folder = write_text_bank(tmp_path, a="sea\n")
    (folder / "B.TXT").write_text("cat\n")
    (folder / "Templates.TXT").write_text("a {}\n")
    bank = read_bank("words", tmp_path)
    assert bank.labels == ("cat", "sea")
    assert bank.templates == ("a {}",)
    assert set(bank.structure.groups) == {"a", "B"}


def test_two_files_cannot_be_one_group(tmp_path: Path) -> None:
    """One would hide the other."""
    folder = write_text_bank(tmp_path, a="sea\n")
    (folder / "a.TXT").write_text("cat\n")
    assert "the same group" in refusal("words", tmp_path).message


@pytest.mark.parametrize("name", ["my cities", "Cities", "städte"])
def test_a_folder_that_cannot_be_named_is_refused(name: str, tmp_path: Path) -> None:
    """With what its name must be, rather than called unknown."""
    write_text_bank(tmp_path, name, a="sea\n")
    assert find_banks(tmp_path) == ("default",)
    assert re.search(f"banks/{name} .*a-z.*rename", refusal(name, tmp_path).message)
