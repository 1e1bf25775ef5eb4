"""What a bank file says of all its labels at once, and all that it says put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from framed.bank_structure import SHARES, THRESHOLDS, BankStructure
from runners.clip.banks.bank_text import Fault
from runners.clip.banks.entries import facts_of
from runners.clip.banks.entry import Check, LabelEntry, number, number_faults
from runners.clip.banks.json_lines import JsonEntry
from runners.clip.banks.label_groups import GroupEntry, label_groups

CHECKS: Mapping[str, Check] = {
    "share": partial(number_faults, "share", SHARES),
    "match_threshold": partial(number_faults, "match_threshold", THRESHOLDS),
}


def bank_wide_faults(said: Mapping[str, JsonEntry]) -> Iterator[Fault]:
    """What is wrong with the members of a bank file that hold for all labels."""
    for name, check in CHECKS.items():
        if name in said:
            yield from check(said[name])


def structure_of(
    said: Mapping[str, JsonEntry], entries: Sequence[LabelEntry], groups: Sequence[GroupEntry]
) -> BankStructure:
    """The structure of a bank whose file has the members `said`, all of it without fault."""
    values = {name: said[name].value for name in CHECKS if name in said}
    return BankStructure(
        facts_of(entries),
        label_groups(groups),
        number(values.get("share")),
        number(values.get("match_threshold")),
    )
