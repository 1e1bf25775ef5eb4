"""Lines that look like several labels in one: `cat,dog,bird` where a line is a label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runners.clip.banks.bank_text import Entry

_OTHERS = r";|\t\u3001\uff0c\uff1b"  # the last three: commas and semicolon of the East
_SIGNS = re.compile(rf"\s*(?:(?<!\d),|,(?!\d)|[{_OTHERS}])\s*")  # not that of 1,000 lights
_PAIR = re.compile(rf"[^,{_OTHERS}]+,[^,{_OTHERS}]+")
_ENDS = re.compile(r"(?:and|or|und|oder|et|ou|y|e|&)\s", re.I)  # of a list that is one label
_ARTICLE = re.compile(r"(?:an?|the)\s", re.I)
_WORDS, _WORDS_OF_TWO = 3, 2  # of a label that people write into such a line


def questions(entries: Iterable[Entry]) -> Iterator[tuple[int, str]]:
    """The lines of labels that are to be asked about, and the question."""
    for entry in entries:
        if isinstance(entry.value, str) and (count := _labels_in(entry.value)) > 1:
            asked = f"is {entry.value!r:.80} one label, or {count} that belong on a line each?"
            yield entry.line, f"{asked} It is served as one"


def _labels_in(text: str) -> int:
    parts = [part for part in _SIGNS.split(text.strip()) if part]
    if len(parts) < 2 or _ENDS.match(parts[-1]):
        return 1
    is_pair = _PAIR.fullmatch(text.strip()) is not None
    most = _WORDS_OF_TWO if is_pair else _WORDS
    short = all(len(part.split()) <= most for part in parts)
    return len(parts) if short and not (is_pair and _is_one_thing(parts)) else 1


def _is_one_thing(pair: list[str]) -> bool:
    """Whether the second part says more of the first, as D.C., France and 2024 do."""
    tail = pair[1]
    is_name = tail[0].isupper() or tail[0].isdigit() or "." in tail
    return is_name or any(map(_ARTICLE.match, pair))
