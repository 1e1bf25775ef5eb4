"""What is true of photos, as arrays over the labels of a bank."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from framed.bank_structure import BankStructure
from framed.calibrating.listing import Example

Mask = npt.NDArray[np.bool_]

NEAREST = 20  # words that are sought in a bank: each takes a look at every label


@dataclass(frozen=True, eq=False)
class Truth:
    """`true` and `judged`, bool [P, N], and the words that are no labels: word -> nearest label."""

    true: Mask
    judged: Mask
    strange: Mapping[str, str | None]


def truth_of(examples: Sequence[Example], labels: Sequence[str], structure: BankStructure) -> Truth:
    """The truth of `examples` over `labels`; a synonym of a label counts as it."""
    columns = _columns(labels, structure)
    true = _mask([each.labels for each in examples], columns, len(labels))
    unknown = _mask([each.unknown for each in examples], columns, len(labels))
    words = {word for each in examples for word in each.labels | each.unknown}
    return Truth(true, true | ~unknown, _nearest(sorted(words - columns.keys()), labels))


def _columns(labels: Sequence[str], structure: BankStructure) -> Mapping[str, int]:
    columns = {label: column for column, label in enumerate(labels)}
    for label, facts in structure.facts.items():
        for synonym in facts.synonyms if label in columns else ():
            columns.setdefault(synonym, columns[label])
    return columns


def _mask(sets: Iterable[Iterable[str]], columns: Mapping[str, int], width: int) -> Mask:
    rows = [[columns[word] for word in each if word in columns] for each in sets]
    mask = np.zeros((len(rows), width), bool)
    for row, those in enumerate(rows):
        mask[row, those] = True
    return mask


def _nearest(words: Sequence[str], labels: Sequence[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = dict.fromkeys(words)
    for word in words[:NEAREST]:
        found[word] = next(iter(difflib.get_close_matches(word, labels, n=1)), None)
    return found
