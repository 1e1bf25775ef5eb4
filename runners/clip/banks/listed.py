"""Lines that look like several labels in one: `cat,dog,bird` where a line is a label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runners.clip.banks.bank_text import Entry

_SIGNS = re.compile(r"\s*[,;|]\s*")
_TIGHT = re.compile(r",(?=[^\s\d])|[;|]")  # "Washington, D.C." and "1,000 lights" have neither
_WORDS = 3  # of a label that people write into such a line


def questions(entries: Iterable[Entry]) -> Iterator[tuple[int, str]]:
    """The lines of labels that are to be asked about, and the question."""
    for entry in entries:
        if isinstance(entry.value, str) and (count := _labels_in(entry.value)) > 1:
            asked = f"is {entry.value!r:.80} one label, or {count} that belong on a line each?"
            yield entry.line, f"{asked} It is served as one"


def _labels_in(text: str) -> int:
    parts = [part for part in _SIGNS.split(text.strip()) if part]
    short = all(len(part.split()) <= _WORDS for part in parts)
    return len(parts) if short and (len(parts) > 2 or _TIGHT.search(text)) else 1
