"""All entries of a bank together: what they say of its labels, and where they contradict."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from framed.bank_structure import LabelFacts
from runners.clip.banks.bank_text import MAX_LABELS, Fault
from runners.clip.banks.entry import LabelEntry

_DEEPEST = 32  # parents above a label

Facts = Mapping[str, LabelFacts]


def facts_of(entries: Sequence[LabelEntry]) -> Facts:
    """What is said of each label of which anything is."""
    return {
        entry.word: entry.facts for entry in entries if entry.word and entry.facts != LabelFacts()
    }


def entry_faults(entries: Sequence[LabelEntry], labels: Collection[str]) -> Iterator[Fault]:
    """What is wrong with each entry, and with all of them as those of a bank of these `labels`;
    not whether the labels themselves are good."""
    for entry in entries:
        yield from entry.faults
    facts = facts_of(entries)
    lines = {entry.word: entry.line for entry in entries if entry.word}
    yield from _synonym_faults(facts, lines, labels)
    for label in facts:
        if reason := _parents_fault(label, facts):
            yield lines[label], f"label {label!r:.80}: {reason}"


def _synonym_faults(
    facts: Facts, lines: Mapping[str, int], labels: Collection[str]
) -> Iterator[Fault]:
    known, first = set(labels), dict[str, str]()
    for label, said in facts.items():
        for synonym in said.synonyms:
            owner = f"label {label!r:.80}: synonym {synonym!r:.80}"
            if synonym in known:
                yield lines[label], f"{owner} is a label itself"
            elif synonym in first:
                yield lines[label], f"{owner} is already one of {first[synonym]!r:.80}"
            first.setdefault(synonym, label)
    if len(known) + len(first) > MAX_LABELS:
        told = f"with their synonyms there are {len(known) + len(first)} labels"
        yield lines[next(iter(facts))], f"{told}; at most {MAX_LABELS} are allowed"


def _parents_fault(label: str, facts: Facts) -> str | None:
    """What is wrong with the parents above `label`; None: nothing."""
    chain, at = [label], facts.get(label)
    while at is not None and at.parent is not None:
        if at.parent == label:
            return f"it stands above itself ({' > '.join(reversed([*chain, label]))})"
        if at.parent in chain:
            return None  # told of those that are in the circle
        if len(chain) > _DEEPEST:
            return f"has more than {_DEEPEST} parents, one above the other"
        chain.append(at.parent)
        at = facts.get(at.parent)
    return None
