"""From labels and templates to unit vectors: a row a label, the mean over its templates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from runners.clip.banks.bank import LabelBank, bank_checksum
from runners.clip.banks.bank_text import PLACE, BankText

Row = npt.NDArray[np.float32]


def prompts_of(text: BankText) -> tuple[str, ...]:
    """Every prompt of the bank once, in the order of first use."""
    return tuple(dict.fromkeys(p for label in text.labels for p in _prompts(label, text)))


def assemble_bank(text: BankText, vectors: Mapping[str, Row], revision: str) -> LabelBank:
    """The bank of `text`, from the vector [D] of each of its prompts; `revision` is the model's.

    Each prompt's vector is brought to length 1, averaged over the templates, and brought to
    length 1 again, in this order and in fp32 (as open_clip builds a zero-shot classifier).
    Raises `KeyError` for a prompt without a vector.
    """
    means = [
        _units(np.stack([vectors[prompt] for prompt in _prompts(label, text)])).mean(axis=0)
        for label in text.labels
    ]
    embeddings = _units(np.stack(means))
    embeddings.setflags(write=False)
    checksum = bank_checksum(text.labels, text.templates, revision)
    return LabelBank(text.name, text.labels, text.templates, checksum, embeddings, text.names)


def _prompts(label: str, text: BankText) -> tuple[str, ...]:
    # replaced, not formatted: a label or template may hold other braces
    return tuple(template.replace(PLACE, label) for template in text.templates)


def _units(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    rows = rows.astype(np.float32)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    units: npt.NDArray[np.float32] = rows / np.maximum(lengths, np.finfo(np.float32).tiny)
    return units
