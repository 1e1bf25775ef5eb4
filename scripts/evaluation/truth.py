"""What is true of each photo, as arrays beside the scores of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scripts.evaluation.listing import LabelledPhoto

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Truth:
    """Per photo and label of a bank, bool [P, N]: may be said; names the photo; has been judged.

    Whatever is not judged is left out of every measure: a model is neither right nor wrong there.
    """

    labels: tuple[str, ...]
    acceptable: Mask
    core: Mask
    judged: Mask


def truth_of(photos: Sequence[LabelledPhoto], labels: Sequence[str]) -> Truth:
    """The truth of `photos` over the labels of a bank, in its order."""
    return Truth(
        tuple(labels),
        _mask([photo.labels for photo in photos], labels),
        _mask([photo.core for photo in photos], labels),
        ~_mask([photo.unknown for photo in photos], labels),
    )


def _mask(sets: Sequence[frozenset[str]], labels: Sequence[str]) -> Mask:
    rows = [[label in each for label in labels] for each in sets]
    return np.array(rows, bool).reshape(len(sets), len(labels))
