"""A bank as two files: {"labels": [...]} in labels.json, {"templates": [...]} in templates.json.

A label is a text or an object that says more of it; `groups`, `share` and `match_threshold` may
stand beside the labels, and `groups` alone has the labels of all groups in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from framed.bank_structure import BankStructure, LabelFacts
from runners.clip.banks.bank_file import NAME as BANK_FILE
from runners.clip.banks.bank_text import (
    MAX_LABELS,
    BankText,
    Fault,
    check_count,
    checked_templates,
    faults_of,
    invalid,
    refuse,
    warning,
)
from runners.clip.banks.bank_wide import CHECKS, bank_wide_faults, structure_of
from runners.clip.banks.entries import entry_faults
from runners.clip.banks.entry import LabelEntry, label_entry
from runners.clip.banks.json_lines import JsonEntry, entries_of, json_of
from runners.clip.banks.label_groups import (
    GroupEntry,
    apart_faults,
    group_entries,
    group_faults,
)
from runners.clip.banks.likeness import likeness_faults
from runners.clip.banks.listed import questions

LABELS_FILE = "labels.json"
TEMPLATES_FILE = "templates.json"

_MEMBERS = ("labels", "groups", *CHECKS)
_NEAR = 0.8  # of letters: "group" and "match_treshold", but not "notes"
_ELSEWHERE = {"threshold": "match_threshold", "exclusive": "groups", "apart": "groups"}


def recognises(folder: Path) -> bool:
    """Whether `folder` holds a bank of this format."""
    return (folder / LABELS_FILE).exists()


def read(name: str, folder: Path) -> BankText:
    """The bank of `folder`; raises `FramedError` (invalid bank) with file, line and reason."""
    templates, aside = folder / TEMPLATES_FILE, folder / BANK_FILE
    if aside.exists():
        raise invalid(aside, f"is read beside *.txt only; say it in {LABELS_FILE}")
    labels, structure, warnings = _labels(folder / LABELS_FILE)
    words = checked_templates(templates, entries_of(templates, "templates"))
    return BankText(name, labels, words, structure=structure, warnings=warnings)


def _labels(file: Path) -> tuple[tuple[str, ...], BankStructure, tuple[str, ...]]:
    whole = json_of(file)
    said = dict(whole.members()) if isinstance(whole.value, dict) else {"labels": whole}
    groups, faults = group_entries(said["groups"]) if "groups" in said else ((), ())
    if "labels" in said or "groups" not in said:
        entries = _entries(file, said)
        more = (*_label_faults(entries), *_said_in_groups(groups))
    else:
        entries, more = _once(groups)
        refuse(file, faults if not entries else ())  # rather than that there are no labels
    check_count(file, "label", len(entries), MAX_LABELS)
    given = [entry.label for entry in entries if entry.label]
    labels = tuple(entry.word for entry in entries if entry.word is not None)
    checks = (
        _slips(whole.members() if isinstance(whole.value, dict) else ()),
        bank_wide_faults(said),
        entry_faults(entries, labels),
        likeness_faults(given),
        group_faults(groups, labels),
        apart_faults(groups, labels),
    )
    refuse(file, [*faults, *more, *(fault for check in checks for fault in check)])
    asked = tuple(warning(file, line, told) for line, told in questions(given))
    return labels, structure_of(said, entries, groups), asked


def _slips(members: Iterable[tuple[str, JsonEntry]]) -> Iterator[Fault]:
    """Members that are no words of a bank file, but nearly, and those that are there twice; others
    are somebody's own notes."""
    first: dict[str, int] = {}
    for name, given in members:
        if name in first and name in _MEMBERS:
            yield given.line, f"{name} is already on line {first[name]}"
        elif (meant := _meant(name)) is not None:
            yield given.line, f"there is no member {name!r:.80}; did you mean {meant!r}?"
        first.setdefault(name, given.line)


def _meant(name: str) -> str | None:
    if name in _MEMBERS:
        return None
    near = get_close_matches(name.lower(), (*_MEMBERS, *_ELSEWHERE), n=1, cutoff=_NEAR)
    alike = [each for each in near if abs(len(each) - len(name)) <= 1]
    return _ELSEWHERE.get(alike[0], alike[0]) if alike else None


def _entries(file: Path, said: Mapping[str, JsonEntry]) -> tuple[LabelEntry, ...]:
    given = said.get("labels")
    if given is None or not isinstance(given.value, list):
        raise invalid(file, 'must hold {"labels": [...]}')
    return tuple(label_entry(each) for each in given.entries())


def _label_faults(entries: Iterable[LabelEntry]) -> Iterator[Fault]:
    return faults_of("label", [entry.label for entry in entries if entry.label])


def _said_in_groups(groups: Iterable[GroupEntry]) -> Iterator[Fault]:
    """Where `labels` are there, what is said of one stands with them."""
    for group in groups:
        for item in group.items:
            if item.faults or item.facts != LabelFacts():
                told = f'group {group.name!r}: what is said of a label belongs under "labels"'
                yield item.line, told


def _once(groups: Sequence[GroupEntry]) -> tuple[tuple[LabelEntry, ...], tuple[Fault, ...]]:
    """The entries of all groups, of each label that which says something; of two such a fault."""
    entries: dict[str | None, LabelEntry] = {}
    faults: list[Fault] = []
    for item in (item for group in groups for item in group.items):
        before = entries.setdefault(item.word, item)
        if item is before or (item.facts == LabelFacts() and not item.faults):
            continue
        if before.facts != LabelFacts():
            told = f"label {item.word!r:.80} is described on line {before.line} already"
            faults.append((item.line, told))
        elif item.word is None:
            faults.extend(item.faults)
        else:
            entries[item.word] = item
    return tuple(entries.values()), tuple(faults)
