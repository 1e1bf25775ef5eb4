"""What a bank learnt from examples, as far as it holds for the model and the words that serve."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from framed.scores.calibration import Calibration
from framed.scores.learn import learn
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.build import label_digests
from runners.clip.banks.source import DEFAULT_BANK
from runners.clip.reference.build import ReferenceSet
from runners.clip.reference.material import Material

OTHER_REFERENCE = "made for another model, templates or reference set"
OTHER_LENGTH = "its prototypes are not as long as the model's vectors"
OTHER_WORDS = "learnt with other templates or synonyms"

_LEAST_LABELS = 10  # of the judged ones in a bank, before photos judged on them say anything of it
_NAMED = 5  # labels, in a reason
_Value = TypeVar("_Value")


def served_calibration(
    bank: LabelBank, reference: ReferenceSet, material: Material
) -> tuple[Calibration | None, str | None]:
    """What `bank` serves by: what it learnt, else for the default bank what the reference photos
    teach; and why what it learnt does not hold, or which part of it."""
    learnt, ignored = holding(bank, reference.version)
    if learnt is None and bank.name == DEFAULT_BANK:
        learnt = learnt_from_reference(bank, reference, material)
    return learnt, ignored


def holding(bank: LabelBank, reference: str) -> tuple[Calibration | None, str | None]:
    """The bank's calibration as far as it holds for the reference set of that version, and why not
    all of it does: (None, None) where there is none.

    A label whose prompts were others then has no part in it.
    """
    learnt, dim = bank.calibration, bank.embeddings.shape[1]
    if learnt is None:
        return None, None
    if learnt.key != reference:
        return None, OTHER_REFERENCE
    if any(len(each) != dim for each in learnt.shifts.values()):
        return None, OTHER_LENGTH
    if changed := _changed(bank, learnt):
        return _without(learnt, changed), f"{OTHER_WORDS}: {_listed(changed)}"
    return learnt, None


def ranked_by_examples(bank: LabelBank, reference: str) -> LabelBank:
    """The bank with its prototypes, brought to length 1, in place of the rows that rank it; as it
    is where its calibration does not hold, or is not meant to replace them."""
    learnt, _ = holding(bank, reference)
    if learnt is None or not learnt.replaces:
        return bank
    rows = bank.embeddings.copy()
    for index, label in enumerate(bank.labels):
        if label in learnt.shifts:
            rows[index] += learnt.shifts[label]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows.setflags(write=False)
    return replace(bank, prototypes=rows)


def learnt_from_reference(
    bank: LabelBank, reference: ReferenceSet, material: Material, *, prototypes: bool = True
) -> Calibration | None:
    """What the reference photos teach the judged labels that `bank` has; None for too few, or where
    match would fall as z rises."""
    where = {label: index for index, label in enumerate(bank.labels)}
    judged = [index for index, label in enumerate(material.labels) if label in where]
    if len(judged) < _LEAST_LABELS:
        return None
    labels = [material.labels[index] for index in judged]
    truth = material.truth[:, judged]
    learnt = learn(
        reference.photos,
        bank.embeddings[[where[label] for label in labels]],
        labels,
        truth,
        np.ones_like(truth),
        reference.background,
        key=reference.version,
        prototypes=prototypes,
        source="shipped",
    )
    return learnt if learnt.slope > 0 else None


def _changed(bank: LabelBank, learnt: Calibration) -> list[str]:
    """The bank's labels that learnt with other prompts than they have now."""
    now = label_digests(bank) if learnt.words else {}
    return [label for label in now if learnt.words.get(label, now[label]) != now[label]]


def _without(learnt: Calibration, labels: Collection[str]) -> Calibration:
    gone = frozenset(labels)

    def others(values: Mapping[str, _Value]) -> dict[str, _Value]:
        return {label: value for label, value in values.items() if label not in gone}

    return replace(
        learnt,
        offsets=others(learnt.offsets),
        shifts=others(learnt.shifts),
        counts=others(learnt.counts),
        words=others(learnt.words),
    )


def _listed(labels: Sequence[str]) -> str:
    more = len(labels) - _NAMED
    return ", ".join(labels[:_NAMED]) + (f" and {more} more" if more > 0 else "")
