"""The accuracy line of a model's card."""

from __future__ import annotations

from pathlib import Path

import pytest

from runners.clip.model_card import accuracy_line


def card(folder: Path, text: str | bytes) -> Path:
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "README.md").write_bytes(data)
    return folder


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_paragraph_is_one_line_without_its_mark(tmp_path: Path, newline: str) -> None:
    """However the card breaks its lines, the answer is one."""
    text = newline.join(["# own", "", "Accuracy: right in 7", "of 10 photos.", "", "More."])
    assert accuracy_line(card(tmp_path, text)) == "right in 7 of 10 photos."


@pytest.mark.parametrize(
    "text", ["", "# own\n\nNothing measured.\n", "| Accuracy: | 1 |\n", b"\xff\xfe\x00" * 40_000]
)
def test_a_card_without_one_says_nothing(tmp_path: Path, text: str | bytes) -> None:
    """An empty, silent or damaged card is no error."""
    assert accuracy_line(card(tmp_path, text)) == ""


def test_a_folder_without_a_card_says_nothing(tmp_path: Path) -> None:
    """Most models that people bring have none, or a folder of its name."""
    assert accuracy_line(tmp_path) == ""
    (tmp_path / "README.md").mkdir()
    assert accuracy_line(tmp_path) == ""
