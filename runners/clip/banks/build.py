"""From labels and templates to unit vectors: a row a label, the mean over its prompts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from framed.bank_structure import LabelFacts
from runners.clip.banks.bank import LabelBank, bank_checksum
from runners.clip.banks.bank_text import PLACE, BankText

Row = npt.NDArray[np.float32]


def prompts_of(text: BankText) -> tuple[str, ...]:
    """Every prompt of the bank once, in the order of first use."""
    return tuple(dict.fromkeys(p for label in text.labels for p in _prompts(label, text)))


def assemble_bank(text: BankText, vectors: Mapping[str, Row], revision: str) -> LabelBank:
    """The bank of `text`, from the vector [D] of each of its prompts; `revision` is the model's.

    Each prompt's vector is brought to length 1, averaged over the label's prompts, and brought to
    length 1 again, in this order and in fp32 (as open_clip builds a zero-shot classifier).
    Raises `KeyError` for a prompt without a vector.
    """
    means = [
        _units(np.stack([vectors[prompt] for prompt in _prompts(label, text)])).mean(axis=0)
        for label in text.labels
    ]
    embeddings = _units(np.stack(means))
    embeddings.setflags(write=False)
    return bank_of(text, checksum_of(text, revision), embeddings)


def bank_of(text: BankText, checksum: str, embeddings: npt.NDArray[np.float32]) -> LabelBank:
    """The bank that says what `text` says, with the rows [N, D] of its labels."""
    return LabelBank(
        text.name,
        text.labels,
        text.templates,
        checksum,
        embeddings,
        text.names,
        text.structure,
        text.calibration,
    )


def checksum_of(bank: BankText | LabelBank, revision: str) -> str:
    """The checksum of what `bank` says, if the model of `revision` makes it."""
    learnt = bank.calibration.digest if bank.calibration else ""
    return bank_checksum(bank.labels, bank.templates, revision, bank.structure, learnt)


def label_digests(bank: BankText | LabelBank) -> dict[str, str]:
    """For each label 16 hex digits that change with what its prompts are made of, other than the
    bank's templates: the label, its own templates, its synonyms."""
    digests = {}
    for label in bank.labels:
        facts = bank.structure.facts.get(label, LabelFacts())
        own = facts.templates if facts.templates != bank.templates else ()
        text = json.dumps([label, own, facts.synonyms])
        digests[label] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return digests


def _prompts(label: str, text: BankText) -> tuple[str, ...]:
    """Each template, the label's own or the bank's, with the label, and with each synonym."""
    facts = text.structure.facts.get(label, LabelFacts())
    templates = facts.templates or text.templates
    # replaced, not formatted: a label or template may hold other braces
    return tuple(
        template.replace(PLACE, word) for word in (label, *facts.synonyms) for template in templates
    )


def _units(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    rows = rows.astype(np.float32)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    units: npt.NDArray[np.float32] = rows / np.maximum(lengths, np.finfo(np.float32).tiny)
    return units
