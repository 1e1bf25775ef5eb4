"""`bank.json` beside the `*.txt` of a bank: what is said of labels and groups that stand there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from runners.clip.banks.bank_text import Fault, faults_of, refuse
from runners.clip.banks.bank_wide import CHECKS
from runners.clip.banks.entries import entry_faults
from runners.clip.banks.entry import Check, LabelEntry, label_entry, list_faults, member_faults
from runners.clip.banks.json_lines import JsonEntry, members_of
from runners.clip.banks.label_groups import listed_faults
from runners.clip.banks.nearest import Nearest

NAME = "bank.json"

_FLAGS = ("exclusive", "apart")  # lists of groups


@dataclass(frozen=True)
class BankFile:
    """Its members, its entries of labels, and the names of groups that are exclusive or apart."""

    said: Mapping[str, JsonEntry] = field(default_factory=dict)
    entries: tuple[LabelEntry, ...] = ()
    exclusive: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()


def read_bank_file(
    folder: Path, labels: Collection[str], groups: Sequence[str], merged: Mapping[str, str]
) -> BankFile:
    """What the file in `folder` says of a bank of these `labels` and `groups`; nothing where there
    is none. A word that was `merged` into a label means that. Raises `FramedError`
    (invalid bank) with line and reason."""
    file = folder / NAME
    if not file.exists():
        return BankFile()
    members = members_of(file)
    said = dict(members)
    entries = tuple(label_entry(item).meant(merged) for item in _items(said, "labels"))
    refuse(file, _faults(members, entries, labels, groups))
    flagged = (frozenset(str(item.value) for item in _items(said, flag)) for flag in _FLAGS)
    return BankFile(said, entries, *flagged)


def _flag_faults(flag: str, groups: Sequence[str], given: JsonEntry) -> Iterator[Fault]:
    return listed_faults(flag, given, groups)


def _items(said: Mapping[str, JsonEntry], name: str) -> Iterator[JsonEntry]:
    given = said.get(name)
    return given.entries() if given and isinstance(given.value, list) else iter(())


def _faults(
    members: Sequence[tuple[str, JsonEntry]],
    entries: Sequence[LabelEntry],
    labels: Collection[str],
    groups: Sequence[str],
) -> Iterator[Fault]:
    checks: dict[str, Check] = {
        **CHECKS,
        **{flag: partial(_flag_faults, flag, groups) for flag in _FLAGS},
        "labels": lambda given: list_faults("labels", lambda items: (), given),
    }
    yield from member_faults(members, checks, Nearest(checks))
    yield from faults_of("label", [entry.label for entry in entries if entry.label])
    yield from entry_faults(entries, labels)
    known, nearest = set(labels), Nearest(labels)
    for entry in entries:
        if entry.word and entry.word not in known:
            told = f"the files have no label {entry.word!r:.80}{nearest.hint(entry.word)}"
            yield entry.line, told
