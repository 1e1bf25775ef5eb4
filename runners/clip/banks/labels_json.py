"""A bank as two files: {"labels": [...]} in labels.json, {"templates": [...]} in templates.json."""

from __future__ import annotations

from pathlib import Path

from runners.clip.banks.bank_text import BankText, checked_labels, checked_templates
from runners.clip.banks.json_lines import entries_of

LABELS_FILE = "labels.json"
TEMPLATES_FILE = "templates.json"


def recognises(folder: Path) -> bool:
    """Whether `folder` holds a bank of this format."""
    return (folder / LABELS_FILE).exists()


def read(name: str, folder: Path) -> BankText:
    """The bank of `folder`; raises `FramedError` (invalid bank) with file, line and reason."""
    labels, templates = folder / LABELS_FILE, folder / TEMPLATES_FILE
    return BankText(
        name,
        checked_labels(labels, entries_of(labels, "labels")),
        checked_templates(templates, entries_of(templates, "templates")),
    )
