"""Labelled lists: what is read, and what is refused with file and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from framed.calibrating.listing import ListError
from scripts.evaluation.listing import read_photos, read_words

BANK = ("sea", "dog", "photography")


def written(folder: Path, *lines: dict[str, Any]) -> Path:
    file = folder / "list.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n")
    return file


def test_a_line_is_a_photo_and_what_may_be_said(tmp_path: Path) -> None:
    """Core labels are acceptable too, and known ones are not unknown."""
    line = {
        "photo": "a.jpg", "labels": ["sea"], "core": ["dog"], "group": "sea",
        "unknown": ["sea", "photography"],
    }  # fmt: skip
    (found,) = read_photos(written(tmp_path, line), BANK)
    assert found.labels == {"sea", "dog"}
    assert found.core == {"dog"}
    assert found.unknown == {"photography"}
    assert found.group == "sea"


def test_a_list_with_file_is_read_as_well(tmp_path: Path) -> None:
    """`file` stands for `photo`, and further fields do not matter."""
    line = {"file": "a.jpg", "labels": ["sea"], "width": 3, "description": "the sea"}
    (found,) = read_photos(written(tmp_path, line), BANK)
    assert found.photo == "a.jpg"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"photo": "a.jpg", "labels": ["see"]}, "see"),
        ({"photo": "a.jpg", "labels": []}, "at least one"),
        ({"photo": "a.jpg", "labels": "sea"}, "list of labels"),
        ({"labels": ["sea"]}, "file"),
    ],
    ids=["unknown label", "no label", "no list", "no photo"],
)
def test_a_bad_line_is_refused_where_it_stands(
    tmp_path: Path, line: dict[str, Any], said: str
) -> None:
    """The message names file, line and fault."""
    good = {"photo": "b.jpg", "labels": ["sea"]}
    with pytest.raises(ListError, match=said) as refused:
        read_photos(written(tmp_path, good, line), BANK)
    assert "list.jsonl:2" in str(refused.value)


def test_what_is_no_json_is_refused_with_its_line(tmp_path: Path) -> None:
    """A list that somebody edited by hand says where it broke."""
    file = tmp_path / "list.jsonl"
    file.write_text('{"photo": "a.jpg", "labels": ["sea"]}\n{oops\n')
    with pytest.raises(ListError, match=r"list.jsonl:2"):
        read_photos(file, BANK)


def test_words_are_read_with_their_photo(tmp_path: Path) -> None:
    """A noun a photo."""
    (found,) = read_words(written(tmp_path, {"photo": "a.jpg", "word": "pizza"}))
    assert (found.photo, found.word) == ("a.jpg", "pizza")
