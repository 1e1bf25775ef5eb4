"""A bank as a folder of `*.txt`: a label a line.

Blank lines and lines that begin with # say nothing. Files are read in the order of their names,
and a label that stands in several of them counts once. The one template is "a photo of a {}",
unless the folder brings `templates.json` or `templates.txt`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runners.clip.banks.bank_text import (
    MAX_LABELS,
    BankText,
    Entry,
    checked_labels,
    checked_templates,
    invalid,
    read_text,
)
from runners.clip.banks.json_lines import entries_of

DEFAULT_TEMPLATE = "a photo of a {}"

_TEMPLATES_JSON = "templates.json"
_TEMPLATES_TEXT = "templates.txt"


def recognises(folder: Path) -> bool:
    """Whether `folder` holds a bank of this format."""
    return bool(_label_files(folder))


def read(name: str, folder: Path) -> BankText:
    """The bank of `folder`; raises `FramedError` (invalid bank) with file, line and reason."""
    files = [(file, tuple(_lines(file))) for file in _label_files(folder)]
    if not any(entries for _, entries in files):
        raise invalid(files[0][0], "and the *.txt beside it hold no labels")
    labels = dict.fromkeys(
        label for file, entries in files if entries for label in _labels(file, entries)
    )
    if len(labels) > MAX_LABELS:
        reason = f"and the *.txt beside it hold {len(labels)} labels; at most {MAX_LABELS}"
        raise invalid(files[0][0], f"{reason} are allowed")
    return BankText(name, tuple(labels), _templates(folder))


def _label_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.txt") if file.name != _TEMPLATES_TEXT)


def _labels(file: Path, entries: tuple[Entry, ...]) -> tuple[str, ...]:
    once = {entry.value: entry for entry in reversed(entries)}  # a repeated line is no fault here
    return checked_labels(file, sorted(once.values(), key=lambda entry: entry.line))


def _templates(folder: Path) -> tuple[str, ...]:
    json_file, text_file = folder / _TEMPLATES_JSON, folder / _TEMPLATES_TEXT
    if json_file.exists():
        return checked_templates(json_file, entries_of(json_file, "templates"))
    if text_file.exists():
        return checked_templates(text_file, tuple(_lines(text_file)))
    return (DEFAULT_TEMPLATE,)


def _lines(file: Path) -> Iterator[Entry]:
    for number, line in enumerate(read_text(file).split("\n"), start=1):
        text = line.strip()
        if text and not text.startswith("#"):
            yield Entry(text, number)
