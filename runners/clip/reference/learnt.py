"""What a bank learnt from examples, where it holds for the model that serves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from runners.clip.banks.bank import LabelBank

OTHER_REFERENCE = "made for another model, templates or reference set"
OTHER_LENGTH = "its prototypes are not as long as the model's vectors"


def why_ignored(bank: LabelBank, reference: str) -> str | None:
    """Why the bank's calibration does not hold for the reference set of that version; None where
    it does, or where there is none."""
    learnt, dim = bank.calibration, bank.embeddings.shape[1]
    if learnt is None:
        return None
    if learnt.key != reference:
        return OTHER_REFERENCE
    return OTHER_LENGTH if any(len(each) != dim for each in learnt.shifts.values()) else None


def ranked_by_examples(bank: LabelBank, reference: str) -> LabelBank:
    """The bank with its prototypes, brought to length 1, in place of the rows that rank it; as it
    is where its calibration does not hold, or is not meant to replace them."""
    learnt = bank.calibration
    if learnt is None or not learnt.replaces or why_ignored(bank, reference) is not None:
        return bank
    rows = bank.embeddings.copy()
    for index, label in enumerate(bank.labels):
        if label in learnt.shifts:
            rows[index] += learnt.shifts[label]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows.setflags(write=False)
    return replace(bank, prototypes=rows)
