"""Whether servers say the same of the same photos.

With random weights all photos lie near each other: what tells them apart is seen once the mean of
the reference is subtracted (`centred`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scripts.benchmarks.row import NotMeasurableError

LEAST_COSINE = 0.99
_OFF_UNIT = 0.01  # of a length: bf16 rounds
Rows = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Agreement:
    """The least of the photos: cosine to the reference, and the same once centred."""

    cosine: float
    centred: float


def agreement(rows: Sequence[Sequence[float]], reference: Rows) -> Agreement:
    """Of a server's rows [N, D], N >= 2, with the reference's; raises as `check`."""
    theirs = check(rows, reference)
    return Agreement(_least(theirs, reference), _least(*_centred(theirs, reference)))


def check(rows: Sequence[Sequence[float]], reference: Rows) -> Rows:
    """The rows, if they are embeddings of the same photos.

    Raises `NotMeasurableError` where they are not: another width, not of unit length, a cosine
    below `LEAST_COSINE`, or nearer to another photo's row than to their own.
    """
    theirs = np.asarray(rows, np.float32)
    if theirs.shape != reference.shape:
        raise NotMeasurableError(f"its rows are {theirs.shape}, the model's {reference.shape}")
    if np.abs(np.linalg.norm(theirs, axis=1) - 1).max() > _OFF_UNIT:
        raise NotMeasurableError("its embeddings are not of unit length")
    mixed = int(((theirs @ reference.T).argmax(axis=1) != np.arange(len(reference))).sum())
    if (least := _least(theirs, reference)) < LEAST_COSINE or mixed:
        raise NotMeasurableError(
            f"it answers other embeddings: least cosine {least:.4f}, {mixed} of {len(theirs)} "
            "nearest to another photo"
        )
    return theirs


def _centred(theirs: Rows, reference: Rows) -> tuple[Rows, Rows]:
    mean = reference.mean(axis=0)
    return theirs - mean, reference - mean


def _least(one: Rows, other: Rows) -> float:
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return float(((one * other).sum(axis=1) / lengths).min())
