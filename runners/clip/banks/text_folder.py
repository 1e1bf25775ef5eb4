"""A bank as a folder of `*.txt`: a label a line.

Blank lines and lines that begin with # say nothing. Files are read in the order of their names,
and a label that stands in several of them counts once, also where it differs in case or number
only, which is a warning. Each of several files is a group, named by
it. The one template is "a photo of a {}", unless the folder brings `templates.json` or
`templates.txt`, which is no group. More of labels and groups may be said in `bank.json`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from runners.clip.banks.bank_file import NAME as BANK_FILE
from runners.clip.banks.bank_file import BankFile, read_bank_file
from runners.clip.banks.bank_text import (
    MAX_LABELS,
    BankText,
    Entry,
    checked_labels,
    checked_templates,
    invalid,
    read_text,
    refuse,
    warning,
)
from runners.clip.banks.bank_wide import structure_of
from runners.clip.banks.entry import LabelEntry
from runners.clip.banks.json_lines import entries_of
from runners.clip.banks.label_groups import GroupEntry, apart_faults, name_fault
from runners.clip.banks.likeness import Likeness
from runners.clip.banks.listed import questions

DEFAULT_TEMPLATE = "a photo of a {}"

_TEMPLATES_JSON = "templates.json"
_TEMPLATES_TEXT = "templates.txt"
_ENDING = ".txt"

Files = Mapping[Path, tuple[Entry, ...]]


def recognises(folder: Path) -> bool:
    """Whether `folder` holds a bank of this format."""
    return bool(_label_files(folder))


def read(name: str, folder: Path) -> BankText:
    """The bank of `folder`; raises `FramedError` (invalid bank) with file, line and reason."""
    written = {file: tuple(_lines(file)) for file in _label_files(folder)}
    merged = _merged(written)
    files = {file: _once(entries) for file, entries in merged.items()}
    same = {
        str(entry.value): str(now.value)
        for file, entries in written.items()
        for entry, now in zip(entries, merged[file], strict=True)
        if entry.value != now.value
    }
    labels = _labels(files)
    names = _group_names(files)
    more = read_bank_file(folder, labels, tuple(names.values()), same)
    groups = _groups(files, names, more)
    refuse(folder / BANK_FILE, apart_faults(groups, labels))
    structure = structure_of(more.said, more.entries, groups)
    warnings = tuple(_warnings(written))
    templates = _templates(folder)
    return BankText(name, labels, templates, structure=structure, merged=same, warnings=warnings)


def _label_files(folder: Path) -> list[Path]:
    """Those that end in `.txt` in whatever case, by name."""
    found = (file for file in folder.glob("*") if file.suffix.casefold() == _ENDING)
    return sorted(file for file in found if file.name.casefold() != _TEMPLATES_TEXT)


def _merged(written: Files) -> Files:
    """The entries of each file, by that word of the labels that are one which comes first."""
    likeness = Likeness()

    def merged(entry: Entry) -> Entry:
        return Entry(likeness.of(str(entry.value)) or entry.value, entry.line)

    return {file: tuple(map(merged, entries)) for file, entries in written.items()}


def _warnings(written: Files) -> Iterator[str]:
    """What was made one, and lines that may hold several labels."""
    for (file, entries), merged in zip(written.items(), _merged(written).values(), strict=True):
        for entry, now in zip(entries, merged, strict=True):
            if entry.value != now.value:
                told = f"{entry.value!r:.80} is {now.value!r:.80} but for case or number"
                yield warning(file, entry.line, f"{told}; the two are one label")
        for line, asked in questions(entries):
            yield warning(file, line, asked)


def _labels(files: Files) -> tuple[str, ...]:
    first = next(iter(files))
    if not any(files.values()):
        raise invalid(first, "and the *.txt beside it hold no labels")
    labels = dict.fromkeys(
        label
        for file, entries in files.items()
        if entries
        for label in checked_labels(file, entries)
    )
    if len(labels) > MAX_LABELS:
        reason = f"and the *.txt beside it hold {len(labels)} labels; at most {MAX_LABELS}"
        raise invalid(first, f"{reason} are allowed")
    return tuple(labels)


def _once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """A repeated line is no fault here."""
    first: dict[object, Entry] = {}
    for entry in entries:
        first.setdefault(entry.value, entry)
    return tuple(first.values())


def _group_names(files: Files) -> Mapping[Path, str]:
    """Files that are groups; one whose name cannot be that of a group has labels all the same."""
    filled = [file for file, entries in files.items() if entries]
    for one, other in pairwise(sorted(filled, key=lambda file: file.stem)):
        if one.stem == other.stem:
            raise invalid(other, f"would be the same group as {one.name}; rename one of them")
    return {file: file.stem for file in filled if not name_fault(file.stem)} if filled[1:] else {}


def _groups(files: Files, names: Mapping[Path, str], more: BankFile) -> tuple[GroupEntry, ...]:
    return tuple(
        GroupEntry(
            name,
            line=1,
            items=tuple(LabelEntry(entry.line, entry) for entry in files[file]),
            exclusive=name in more.exclusive,
            apart=name in more.apart,
        )
        for file, name in names.items()
    )


def _templates(folder: Path) -> tuple[str, ...]:
    json_file = folder / _TEMPLATES_JSON
    found = (file for file in folder.glob("*") if file.name.casefold() == _TEMPLATES_TEXT)
    text_file = next(found, folder / _TEMPLATES_TEXT)
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
