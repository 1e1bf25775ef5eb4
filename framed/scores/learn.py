"""What a bank learns from photos of which all true labels are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from framed.scores.calibration import Calibration
from framed.scores.fit import fit_offsets
from framed.scores.match import sigmoid
from framed.scores.prototypes import prototype_shifts, standing_left_out
from framed.scores.standing import Background, standing

Floats = npt.NDArray[np.floating]
Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def learn(
    photos: Floats,
    rows: Floats,
    labels: Sequence[str],
    truth: Mask,
    judged: Mask,
    background: Background,
    *,
    key: str,
    prototypes: bool,
    source: Literal["shipped", "file"] = "file",
) -> Calibration:
    """The calibration of `labels` with unit `rows` [N, D], from unit vectors `photos` [P, D].

    `truth` and `judged`, [P, N], say what is true of each and what somebody looked for. With
    `prototypes` slope and offsets are fitted to z as it is for photos that are no examples: each is
    left out of the prototypes that it is held to. Raises `ValueError` without any photo.
    """
    if not len(photos):
        raise ValueError("there is no photo to learn from")
    seen, words = photos.astype(np.float64), rows.astype(np.float64)
    true = truth & judged
    if prototypes:
        z = standing_left_out(seen, words, true, background)
    else:
        z = standing(seen, words, background)
    slope, offset, offsets = fit_offsets(z, true, judged)
    counts = true.sum(axis=0)
    shifts = prototype_shifts(seen, true).astype(np.float32) if prototypes else ()
    return Calibration(
        key=key,
        photos=len(seen),
        slope=slope,
        offset=offset,
        offsets=dict(zip(labels, offsets.tolist(), strict=True)),
        shifts={
            label: shift
            for label, shift, count in zip(labels, shifts, counts, strict=False)
            if count
        },
        counts=dict(zip(labels, counts.tolist(), strict=True)),
        source=source,
    )


def calibrated_match(
    photos: Floats,
    rows: Floats,
    labels: Sequence[str],
    calibration: Calibration,
    background: Background,
) -> Doubles:
    """match [P, N] of photos that the calibration need not know; NaN where there is no z."""
    words = rows.astype(np.float64)
    for column, label in enumerate(labels):
        if label in calibration.shifts:
            words[column] += calibration.shifts[label]
    own = np.array([calibration.offsets.get(label, 0.0) for label in labels])
    z = standing(photos, words, background)
    return sigmoid(calibration.slope * z + calibration.offset + own)
