"""One entry of a bank's labels: a text, or an object that says more of the label than its word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from framed.bank_structure import SHARES, THRESHOLDS, LabelFacts
from runners.clip.banks.bank_text import (
    MAX_TEMPLATES,
    Entry,
    Fault,
    faults_of,
    template_faults,
    text_fault,
)
from runners.clip.banks.json_lines import JsonEntry
from runners.clip.banks.nearest import Nearest

Check = Callable[[JsonEntry], Iterable[Fault]]


@dataclass(frozen=True)
class LabelEntry:
    """The label of an entry, None where it names none, and what else it says.

    `faults` are all of the entry but those of the label itself, which are told beside the others'.
    """

    line: int
    label: Entry | None
    facts: LabelFacts = field(default_factory=LabelFacts)
    faults: tuple[Fault, ...] = ()

    @property
    def word(self) -> str | None:
        """The label, stripped; None where it is no text."""
        value = self.label.value if self.label else None
        return value.strip() if isinstance(value, str) else None

    def meant(self, merged: Mapping[str, str]) -> LabelEntry:
        """The same of the labels that its words were `merged` into."""
        parent = self.facts.parent
        facts = replace(self.facts, parent=merged.get(parent, parent)) if parent else self.facts
        label = self.label
        if label is not None and (word := merged.get(self.word or "")) is not None:
            label = Entry(word, label.line)
        return replace(self, label=label, facts=facts)


def label_entry(given: Entry) -> LabelEntry:
    """What the entry says; never raises."""
    if not isinstance(given, JsonEntry) or not isinstance(given.value, dict):
        return LabelEntry(given.line, given)
    members = tuple(given.members())
    said = dict(members)
    label = said.get("label")
    if label is None:
        return LabelEntry(given.line, None, faults=((given.line, 'entry has no "label"'),))
    faults = tuple(named(f"label {label.value!r:.80}", _faults(members)))
    return LabelEntry(given.line, label, LabelFacts() if faults else _facts(given.value), faults)


def number_faults(name: str, bounds: tuple[float, float], given: Entry) -> Iterator[Fault]:
    """What keeps a value from being a number within `bounds`."""
    low, high = bounds
    number = isinstance(given.value, int | float) and not isinstance(given.value, bool)
    if not number or not low <= given.value <= high:  # type: ignore[operator]
        told = f"{name} is {given.value!r:.40}, not a number from {low:g} to {high:g}"
        yield given.line, told


def named(owner: str, faults: Iterable[Fault]) -> Iterator[Fault]:
    """The faults with the name of what they are of."""
    return ((line, f"{owner}: {reason}") for line, reason in faults)


def member_faults(
    members: Iterable[tuple[str, JsonEntry]], checks: Mapping[str, Check], nearest: Nearest
) -> Iterator[Fault]:
    """What is wrong with the members of an object that may have those of `checks`, once each."""
    first: dict[str, int] = {}
    for name, given in members:
        if name not in checks:
            yield given.line, f"there is no member {name!r:.80}{nearest.hint(name)}"
        elif name in first:
            yield given.line, f"{name} is already on line {first[name]}"
        else:
            yield from checks[name](given)
        first.setdefault(name, given.line)


def list_faults(
    name: str, inside: Callable[[Iterable[Entry]], Iterable[Fault]], given: JsonEntry
) -> Iterator[Fault]:
    """What keeps a value from being a list in which `inside` finds no fault."""
    if not isinstance(given.value, list):
        yield given.line, f"{name} is {given.value!r:.40}, not a list"
        return
    yield from inside(given.entries())


def _templates_faults(given: JsonEntry) -> Iterator[Fault]:
    yield from list_faults("templates", template_faults, given)
    if isinstance(given.value, list) and len(given.value) > MAX_TEMPLATES:
        yield given.line, f"has {len(given.value)} templates; at most {MAX_TEMPLATES} are allowed"


def _parent_faults(given: JsonEntry) -> Iterator[Fault]:
    if not isinstance(given.value, str):
        yield given.line, f"parent is {given.value!r:.40}, not a text"
    elif reason := text_fault(given.value.strip()):
        yield given.line, f"parent {reason}"


_CHECKS: Mapping[str, Check] = {
    "label": lambda label: (),
    "share": partial(number_faults, "share", SHARES),
    "threshold": partial(number_faults, "threshold", THRESHOLDS),
    "templates": _templates_faults,
    "synonyms": partial(list_faults, "synonyms", partial(faults_of, "synonym")),
    "parent": _parent_faults,
}


def _faults(members: Iterable[tuple[str, JsonEntry]]) -> Iterator[Fault]:
    return member_faults(members, _CHECKS, Nearest(_CHECKS))


def _facts(said: Mapping[str, Any]) -> LabelFacts:
    return LabelFacts(
        share=number(said.get("share")),
        threshold=number(said.get("threshold")),
        templates=tuple(each.strip() for each in said.get("templates", ())),
        synonyms=tuple(each.strip() for each in said.get("synonyms", ())),
        parent=said["parent"].strip() if "parent" in said else None,
    )


def number(value: Any) -> float | None:
    """A number as it is kept: 1 and 1.0 are the same."""
    return None if value is None else float(value)
