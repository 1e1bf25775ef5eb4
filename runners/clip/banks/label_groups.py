"""The groups of a bank: labels that answer one question, by the name of the group."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from framed.bank_structure import LabelGroup
from framed.questions import ORDERS
from runners.clip.banks.bank_text import Entry, Fault, faults_of
from runners.clip.banks.entry import (
    Check,
    LabelEntry,
    label_entry,
    list_faults,
    member_faults,
    named,
)
from runners.clip.banks.json_lines import JsonEntry
from runners.clip.banks.nearest import Nearest

_LONGEST = 64  # characters of a name


@dataclass(frozen=True)
class GroupEntry:
    """A group as a bank file has it, its labels not checked yet."""

    name: str
    line: int
    items: tuple[LabelEntry, ...]
    exclusive: bool = False
    apart: bool = False


def name_fault(name: str) -> str | None:
    """What keeps a text from being the name of a group; None: nothing."""
    if not 1 <= len(name) <= _LONGEST or not name.isprintable() or name != name.strip():
        return f"is not named by 1 to {_LONGEST} printable characters, without spaces around them"
    return "has the name of an order; choose another" if name.casefold() in ORDERS else None


def group_entries(given: JsonEntry) -> tuple[tuple[GroupEntry, ...], tuple[Fault, ...]]:
    """The groups of `{name: [labels] or {"labels": [...], "exclusive": true, "apart": true}}`, and
    what is wrong with all but their labels; of a faulty one there is no entry."""
    if not isinstance(given.value, dict):
        return (), ((given.line, f"groups is {given.value!r:.40}, not an object"),)
    members = tuple(given.members())
    faults = tuple(_all_faults(members))
    return tuple(_group(name, each) for name, each in members if not _broken(each)), faults


def group_faults(groups: Sequence[GroupEntry], labels: Collection[str]) -> Iterator[Fault]:
    """What is wrong with the labels of the groups of a bank that has `labels`."""
    known, nearest = set(labels), Nearest(labels)
    for group in groups:
        items = [item.label for item in group.items if item.label]
        yield from named(_owner(group.name), faults_of("label", items))
        for item in group.items:
            if item.word and item.word not in known:
                told = f"the bank has no label {item.word!r:.80}{nearest.hint(item.word)}"
                yield item.line, f"{_owner(group.name)}: {told}"


def apart_faults(groups: Sequence[GroupEntry], labels: Collection[str]) -> Iterator[Fault]:
    """What is wrong where all of a bank's `labels` are apart: there is nothing to be beside."""
    apart = [group for group in groups if group.apart]
    if apart and not set(labels).difference(item.word for group in apart for item in group.items):
        yield apart[0].line, "all labels are apart; at least one must not be"


def listed_faults(member: str, given: JsonEntry, names: Collection[str]) -> Iterator[Fault]:
    """What keeps the value of `member` from being a list of groups, each of these `names`."""
    nearest = Nearest(names)
    yield from list_faults(member, lambda items: faults_of("group", items), given)
    for item in given.entries() if isinstance(given.value, list) else ():
        if isinstance(item.value, str) and item.value not in names:
            yield item.line, f"there is no group {item.value!r:.80}{nearest.hint(item.value)}"


def label_groups(groups: Sequence[GroupEntry]) -> Mapping[str, LabelGroup]:
    """The groups without fault, in file order."""
    return {
        group.name: LabelGroup(
            tuple(item.word or "" for item in group.items), group.exclusive, group.apart
        )
        for group in groups
    }


def _all_faults(members: Sequence[tuple[str, JsonEntry]]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for name, given in members:
        if reason := name_fault(name):
            yield given.line, f"{_owner(name)} {reason}"
        elif name in first:
            yield given.line, f"{_owner(name)} is already on line {first[name]}"
        yield from named(_owner(name), _faults(given))
        first.setdefault(name, given.line)


def _faults(given: JsonEntry) -> Iterator[Fault]:
    if isinstance(given.value, dict):
        yield from member_faults(given.members(), _CHECKS, Nearest(_CHECKS))
        if "labels" not in given.value:
            yield given.line, 'has no "labels"'
    elif not isinstance(given.value, list):
        yield given.line, f"is {given.value!r:.40}, neither a list nor an object"
    if not _broken(given) and not _labels_of(given).value:
        yield given.line, "holds no labels"


def _labels_faults(given: JsonEntry) -> Iterator[Fault]:
    return list_faults("labels", lambda items: (), given)


def _flag_faults(name: str, given: Entry) -> Iterator[Fault]:
    if not isinstance(given.value, bool):
        yield given.line, f"{name} is {given.value!r:.40}, neither true nor false"


_CHECKS: Mapping[str, Check] = {
    "labels": _labels_faults,
    "exclusive": partial(_flag_faults, "exclusive"),
    "apart": partial(_flag_faults, "apart"),
}


def _broken(given: JsonEntry) -> bool:
    """Whether there is no list of labels in it."""
    value = given.value
    return not isinstance(value.get("labels") if isinstance(value, dict) else value, list)


def _labels_of(given: JsonEntry) -> JsonEntry:
    return dict(given.members())["labels"] if isinstance(given.value, dict) else given


def _group(name: str, given: JsonEntry) -> GroupEntry:
    items = tuple(label_entry(item) for item in _labels_of(given).entries())
    said = given.value if isinstance(given.value, dict) else {}
    flags = (said.get(flag) is True for flag in ("exclusive", "apart"))
    return GroupEntry(name, given.line, items, *flags)


def _owner(name: str) -> str:
    return f"group {name!r:.80}"
