"""What people are shown instead of a label, a file a language: `names/<language>.json`.

Beside a bank's label files; `{label: name}`. A label without a name is shown as it stands. Names
change neither vectors nor checksum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from runners.clip.banks.bank_text import Entry, invalid, invalid_lines, text_fault
from runners.clip.banks.json_lines import members_of
from runners.clip.banks.nearest import Nearest

FOLDER = "names"

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")  # a BCP 47 tag in lower case


def read_names(
    folder: Path, labels: Sequence[str], merged: Mapping[str, str] | None = None
) -> Mapping[str, Mapping[str, str]]:
    """Language -> label -> name, of the bank whose files lie in `folder`.

    A word that was `merged` into a label names it where nothing else does.
    Raises `FramedError` (invalid bank) with file, line and reason; of a label that the bank does
    not have it names the nearest.
    """
    files = sorted((folder / FOLDER).glob("*.json"))
    return {_language(file): _names(file, labels, merged or {}) for file in files}


def _language(file: Path) -> str:
    if not _LANGUAGE.fullmatch(file.stem):
        raise invalid(file, "is not named by a language, such as de.json or pt-br.json")
    return file.stem


def _names(file: Path, labels: Sequence[str], merged: Mapping[str, str]) -> Mapping[str, str]:
    members = members_of(file)
    if faults := list(_faults(members, (*labels, *merged))):
        raise invalid_lines(file, faults)
    names = {label: str(entry.value).strip() for label, entry in members}
    meant = {merged[label]: name for label, name in names.items() if label in merged}
    return {**meant, **{label: name for label, name in names.items() if label not in merged}}


def _faults(
    members: Sequence[tuple[str, Entry]], labels: Sequence[str]
) -> Iterator[tuple[int, str]]:
    known, first, nearest = set(labels), dict[str, int](), Nearest(labels)
    for label, entry in members:
        if label not in known:
            yield entry.line, f"the bank has no label {label!r:.80}{nearest.hint(label)}"
        elif label in first:
            yield entry.line, f"label {label!r} is already on line {first[label]}"
        elif not isinstance(entry.value, str):
            yield entry.line, f"name of {label!r} is {entry.value!r:.40}, not a text"
        elif reason := text_fault(entry.value.strip()):
            yield entry.line, f"name of {label!r} {reason}"
        first.setdefault(label, entry.line)
