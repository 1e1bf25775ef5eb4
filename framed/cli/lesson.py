"""A lesson for a label bank, as its model sees labels and photos, and what the bank serves now."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from framed.calibrating.lesson import Lesson
from framed.calibrating.seeing import Seen
from framed.calibrating.truth import Truth
from framed.errors import FramedError
from framed.scores.calibration import Calibration
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.calibration_file import read_calibration
from runners.clip.learner import Learner
from runners.clip.reference.build import ReferenceSet
from runners.clip.reference.learnt import served_calibration
from runners.clip.reference.scorer import scorer_of


def lesson_of(
    learner: Learner, text: BankText, folder: Path, truth: Truth, seen: Seen
) -> tuple[Lesson, str]:
    """What there is to learn for the bank of `folder`, and the reference set that it holds for."""
    bank, reference = learner.bank(text), learner.reference(text.templates)
    untaught = scorer_of(bank.labels, bank.embeddings, reference, bank.structure)
    kept = list(seen.kept)
    # what is apart and true of no photo would teach the other labels that less applies
    taught = np.flatnonzero(~bank.apart | truth.true[kept].any(axis=0))
    lesson = Lesson(
        photos=seen.rows,
        true=truth.true[kept][:, taught],
        judged=truth.judged[kept][:, taught],
        labels=[bank.labels[at] for at in taught],
        rows=bank.embeddings[taught],
        background=reference.background,
        slope=reference.slope,
        logits=untaught.logits[taught],
        serves=_serves(learner, bank, folder, reference),
    )
    return lesson, reference.version


def _serves(
    learner: Learner, bank: LabelBank, folder: Path, reference: ReferenceSet
) -> Calibration | None:
    """What the bank serves with now, as far as it holds and can be read."""
    try:
        bank = replace(bank, calibration=read_calibration(folder))
    except FramedError as fault:
        _say(f"what is served now is not compared: {fault}")
        return None
    serves, ignored = served_calibration(bank, reference, learner.material)
    if ignored:
        _say(f"not all of the calibration that is there is used: {ignored}")
    return serves


def _say(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)
