"""The lookup without a network: our own table before the Unicode names."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from framed.emoji.table import EmojiTable, is_emoji, read_own

TABLE = EmojiTable(
    own={"man": "🧑", "bat": None, "cup": "☕"},
    named={"dog": "🐕", "bat": "🦇", "glasses": "👓", "cup": "🥤"},
)


@pytest.mark.parametrize(
    ("label", "picture"),
    [
        ("man", "🧑"),
        ("cup", "☕"),
        ("dog", "🐕"),
        ("Dogs", "🐕"),
        ("bat", None),
        ("bats", None),
        ("glasses", "👓"),
        ("glass", None),
        ("dog food", None),
        ("", None),
    ],
)
def test_what_a_label_gets(label: str, picture: str | None) -> None:
    """Our own table wins, null in it keeps a homonym away, plurals count, parts of names do not."""
    assert TABLE.of(label) == picture


def written(folder: Path, text: str) -> Path:
    file = folder / "emoji.json"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_table_is_read(tmp_path: Path) -> None:
    """Keys in any spelling, null as it stands."""
    file = written(tmp_path, json.dumps({"Hot_Dog": "🌭", "bat": None}))
    assert read_own(file) == {"hot dog": "🌭", "bat": None}


def test_no_file_is_an_empty_table(tmp_path: Path) -> None:
    """A configuration folder need not have one."""
    assert read_own(tmp_path / "emoji.json") == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        ("[1]", "must hold an object"),
        ('{"dog": "dog"}', "'dog' of 'dog' is not one emoji"),
        ('{"dog": "🐕🐕"}', "is not one emoji"),
        ('{"dog": 7}', "is not one emoji"),
        ("[" * 100_000, "cannot be read"),
    ],
    ids=["cut off", "list", "word", "two", "number", "deep"],
)
def test_a_bad_table_says_what_is_wrong(text: str, words: str, tmp_path: Path) -> None:
    """With the entry that it is about."""
    with pytest.raises(ValueError, match=words):
        read_own(written(tmp_path, text))


@pytest.mark.parametrize("value", ["", "a", "🐕 ", "🐕🐈", None, 3, ["🐕"], "🐕" * 1000])
def test_what_is_no_emoji(value: object) -> None:
    """Anything but a text of exactly one."""
    assert not is_emoji(value)
    assert is_emoji("🧑\u200d🚒")


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    """Whatever lies there that is no file is refused as any bad table."""
    os.mkfifo(tmp_path / "emoji.json")
    with pytest.raises(ValueError, match="is not a regular file"):
        read_own(tmp_path / "emoji.json")
