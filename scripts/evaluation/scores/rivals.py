"""Scores that match is held against: each becomes a share by a line learnt on reference photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from framed.scores.fit import fit_line
from framed.scores.match import sigmoid
from framed.scores.standing import Background
from runners.clip.reference.build import ReferenceSet

Scores = npt.NDArray[np.float64]
Rows = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]
Rival = Callable[[Rows, Rows, Background], Scores]


def cosine(photos: Rows, rows: Rows, background: Background) -> Scores:
    """Of photos [P, D] with labels [N, D], [P, N]."""
    return photos.astype(np.float64) @ rows.astype(np.float64).T


def less_label(photos: Rows, rows: Rows, background: Background) -> Scores:
    """The cosine less its mean over the reference photos."""
    return cosine(photos - background.mean, rows, background)


def centred(photos: Rows, rows: Rows, background: Background) -> Scores:
    """That less its mean over everyday words."""
    level, _ = background.spread(photos)
    return less_label(photos, rows, background) - level[:, None]


COSINE = "cosine, by a line"
RIVALS: Mapping[str, Rival] = {
    COSINE: cosine,
    "cosine less the label's mean, by a line": less_label,
    "less both means, by a line": centred,
}


def as_share(
    rival: Rival, photos: Rows, rows: Rows, reference: ReferenceSet, truth: Mask
) -> Scores:
    """sigmoid(slope x + offset) of a rival's scores x [P, N], in deviations from their mean over
    the reference photos, of whose judged labels `truth` says which are true."""
    known = rival(reference.photos, reference.rows, reference.background)
    mean, deviation = known.mean(), known.std() or 1.0
    slope, offset = fit_line((known - mean) / deviation, truth, np.ones_like(truth))
    scores = rival(photos, rows, reference.background)
    return sigmoid(slope * (scores - mean) / deviation + offset)
