"""Scores that match is held against: each becomes a share by a line learnt on reference photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from framed.scores.fit import fit_line
from framed.scores.match import sigmoid
from framed.scores.standing import standing
from runners.clip.reference.build import ReferenceSet
from scripts.evaluation.figures import OWN_TEMPERATURE

Scores = npt.NDArray[np.float64]
Rows = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]
Rival = Callable[[Rows, Rows, ReferenceSet], Scores]

NEIGHBOURS = 10  # of CSLS
_LEAST = 1e-9  # deviation below which a label tells no photo from another
_SURE = 1 - 1e-12  # the highest share that has odds


def cosine(photos: Rows, rows: Rows, reference: ReferenceSet) -> Scores:
    """Of photos [P, D] with labels [N, D], [P, N]."""
    return photos.astype(np.float64) @ rows.astype(np.float64).T


def softmax_of_list(photos: Rows, rows: Rows, reference: ReferenceSet) -> Scores:
    """The log odds of prob at its own temperature."""
    logits = cosine(photos, rows, reference) / OWN_TEMPERATURE
    logs: Scores = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    others: Scores = np.log1p(-np.minimum(np.exp(logs), _SURE))
    return logs - others


def softmax_among_words(photos: Rows, rows: Rows, reference: ReferenceSet) -> Scores:
    """The log odds of each label's share in a list of it and the everyday words."""
    logits = _of_words(photos, reference) / OWN_TEMPERATURE
    level: Scores = np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return cosine(photos, rows, reference) / OWN_TEMPERATURE - level


def less_label(photos: Rows, rows: Rows, reference: ReferenceSet) -> Scores:
    """The cosine less its mean over the reference photos."""
    return cosine(_apart(photos, reference), rows, reference)


def by_label(photos: Rows, rows: Rows, reference: ReferenceSet) -> Scores:
    """That in the deviations of the label's cosine over the reference photos; NaN where these are
    all alike to it."""
    return less_label(photos, rows, reference) / _deviation(cosine, rows, reference)


def less_photo(photos: Rows, rows: Rows, reference: ReferenceSet) -> Scores:
    """The cosine less the photo's mean over everyday words."""
    level: Scores = _of_words(photos, reference).mean(axis=1, keepdims=True)
    return cosine(photos, rows, reference) - level


def centred(photos: Rows, rows: Rows, reference: ReferenceSet) -> Scores:
    """The cosine less both means."""
    return less_photo(_apart(photos, reference), rows, reference)


def z(photos: Rows, rows: Rows, reference: ReferenceSet) -> Scores:
    """That in the photo's deviations over everyday words: what match is made of."""
    return standing(photos, rows, reference.background)


def z_less(share: float) -> Rival:
    """z with only this share of the reference photos' mean taken off."""

    def partly(photos: Rows, rows: Rows, reference: ReferenceSet) -> Scores:
        whole = reference.background
        return standing(photos, rows, replace(whole, mean=share * whole.mean))

    return partly


def z_by_label(photos: Rows, rows: Rows, reference: ReferenceSet) -> Scores:
    """z in its own deviations over the reference photos; NaN where these are all alike."""
    return z(photos, rows, reference) / _deviation(z, rows, reference)


def rank_among_words(photos: Rows, rows: Rows, reference: ReferenceSet) -> Scores:
    """The log odds of the share of everyday words that z is above."""
    words = np.sort(z(photos, reference.background.words, reference), axis=1)
    labels = z(photos, rows, reference)
    below = np.array([np.searchsorted(*each) for each in zip(words, labels, strict=True)])
    odds: Scores = (below + 0.5) / (words.shape[1] - below + 0.5)
    return np.where(np.isfinite(labels), np.log(odds), np.nan)


def csls(photos: Rows, rows: Rows, reference: ReferenceSet) -> Scores:
    """Twice the cosine less the mean cosines of the photo with its nearest words and of the label
    with its nearest reference photos (cross-domain similarity local scaling)."""
    of_photo = _of_nearest(_of_words(photos, reference))
    of_label = _of_nearest(cosine(rows, reference.photos, reference))
    return 2 * cosine(photos, rows, reference) - of_photo[:, None] - of_label


RIVALS: Mapping[str, Rival] = {
    "cosine": cosine,
    "softmax of the list": softmax_of_list,
    "cosine - label's mean over photos": less_label,
    "the same / label's deviation": by_label,
    "cosine - photo's mean over words": less_photo,
    "both means": centred,
    "z: both means, / photo's deviation": z,
    "z, only 3/4 of r taken off": z_less(0.75),
    "z, only 1/2 of r taken off": z_less(0.5),
    "z, nothing of r taken off": z_less(0.0),
    "z both ways, / label's deviation, too": z_by_label,
    "rank among everyday words": rank_among_words,
    f"CSLS, k = {NEIGHBOURS}": csls,
    "softmax of label and everyday words": softmax_among_words,
}


def as_share(
    rival: Rival, photos: Rows, rows: Rows, reference: ReferenceSet, truth: Mask
) -> Scores:
    """sigmoid(slope x + offset) of a rival's scores x [P, N], in deviations from their mean over
    the reference photos, of whose judged labels `truth` says which are true; NaN stays NaN."""
    known = rival(reference.photos, reference.rows, reference)
    finite = known[np.isfinite(known)]
    mean, deviation = (finite.mean(), finite.std() or 1.0) if len(finite) else (0.0, 1.0)
    slope, offset = fit_line((known - mean) / deviation, truth, np.ones_like(truth))
    scores = rival(photos, rows, reference)
    return sigmoid(slope * (scores - mean) / deviation + offset)


def _apart(photos: Rows, reference: ReferenceSet) -> Scores:
    apart: Scores = photos - reference.background.mean
    return apart


def _of_words(photos: Rows, reference: ReferenceSet) -> Scores:
    return cosine(photos, reference.background.words, reference)


def _deviation(rival: Rival, rows: Rows, reference: ReferenceSet) -> Scores:
    """That of each label over the reference photos, [N]."""
    deviation = rival(reference.photos, rows, reference).std(axis=0)
    return np.where(deviation > _LEAST, deviation, np.nan)


def _of_nearest(cosines: Scores) -> Scores:
    """The mean of the highest of each row."""
    nearest: Scores = np.sort(cosines, axis=1)[:, -NEIGHBOURS:].mean(axis=1)
    return nearest
