"""Labelled lists: what is read, and what is refused with file and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from framed.calibrating import listing
from framed.calibrating.listing import Example, ListError, read_examples


def written(folder: Path, *lines: dict[str, Any]) -> Path:
    file = folder / "labels.jsonl"
    file.write_text("\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n")
    return file


def test_a_line_is_a_photo_and_all_that_is_true_of_it(tmp_path: Path) -> None:
    """`file` stands for `photo`, further fields do not matter, and what is true is not unknown."""
    lines = (
        {"photo": "a.jpg", "labels": ["sea"], "unknown": ["sea", "dog"]},
        {"file": "b.jpg", "labels": [], "width": 3},
    )
    assert read_examples(written(tmp_path, *lines)) == [
        Example("a.jpg", frozenset({"sea"}), frozenset({"dog"})),
        Example("b.jpg", frozenset()),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"photo": "b.jpg"}, "`labels`"),
        ({"photo": "b.jpg", "labels": "sea"}, "list of labels"),
        ({"photo": "b.jpg", "labels": [1]}, "list of labels"),
        ({"photo": "b.jpg", "labels": [], "unknown": {}}, "`unknown`"),
        ({"labels": ["sea"]}, "`file` must be a text"),
        ({"photo": "", "labels": ["sea"]}, "`photo` must be a text"),
        ({"photo": "a.jpg", "labels": []}, r"a\.jpg is already at .*:1"),
    ],
)
def test_a_bad_line_is_refused_where_it_stands(
    line: dict[str, Any], said: str, tmp_path: Path
) -> None:
    """The message names file, line and fault."""
    file = written(tmp_path, {"photo": "a.jpg", "labels": ["sea"]}, line)
    with pytest.raises(ListError, match=said) as refused:
        read_examples(file)
    assert "labels.jsonl:3: " in str(refused.value)


@pytest.mark.parametrize("text", ["{oops", "[]", "[" * 5000])
def test_what_is_no_object_is_refused_with_its_line(text: str, tmp_path: Path) -> None:
    """A list that somebody edited by hand says where it broke."""
    file = tmp_path / "labels.jsonl"
    file.write_text(f"\n{text}\n")
    with pytest.raises(ListError, match=r"labels.jsonl:2: "):
        read_examples(file)


def test_a_line_ends_where_the_line_ends(tmp_path: Path) -> None:
    """Not at other marks that end lines elsewhere; a byte order mark is none of the list."""
    file = written(tmp_path, {"photo": "a\u2028b.jpg", "labels": ["sea"]})
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert read_examples(file)[0].photo == "a\u2028b.jpg"


@pytest.mark.parametrize("kind", ["absent", "folder", "latin-1", "large"])
def test_a_list_that_cannot_be_read_is_named(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever lies there instead."""
    file = tmp_path / "labels.jsonl"
    if kind == "folder":
        file.mkdir()
    elif kind == "latin-1":
        file.write_bytes("täglich".encode("latin-1"))
    elif kind == "large":
        monkeypatch.setattr(listing, "MOST_BYTES", 2**10)
        file.write_text(" " * 2**11)
    with pytest.raises(ListError, match=r"labels\.jsonl"):
        read_examples(file)
