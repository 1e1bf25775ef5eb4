"""What a label's examples look like, added to its words: prototypes.

With the n examples of a label among m photos its row t becomes
t + n / (n + 5) (mean of the n - mean of the m) / mean distance of the m from their mean.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from framed.scores.standing import Background, standing

Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

RESERVE = 5.0  # examples from which the photos weigh half of what they could
_LEAST_SPREAD = 1e-6  # below it photos differ by rounding only
_AT_ONCE = 512  # photos whose distances to all others are held at a time


def prototype_shifts(photos: Doubles, truth: Mask) -> Doubles:
    """What is added to the rows of labels, float64 [N, D], from unit vectors `photos` [P, D] and
    what is true of them [P, N]; 0 for a label without examples, and where all photos are alike."""
    counts = truth.sum(axis=0)[:, None]
    if (spread := _spread(photos)) < _LEAST_SPREAD:
        return np.zeros((truth.shape[1], photos.shape[1]))
    means = truth.T.astype(np.float64) @ photos / np.maximum(counts, 1)
    weight = counts / (counts + RESERVE)
    shifts: Doubles = weight * (means - photos.mean(axis=0)) / spread
    return shifts


def standing_left_out(
    photos: Doubles, rows: Doubles, truth: Mask, background: Background
) -> Doubles:
    """z [P, N] of labels with prototypes, where each photo has no part in those it is held to."""
    z = standing(photos, rows, background)
    if len(photos) < 3:
        return z  # no other two, between which there could be a distance
    _, deviation = background.spread(photos)
    shifted: Doubles = _along_shifts(photos, photos - background.mean, truth) / deviation[:, None]
    return z + shifted


def _along_shifts(photos: Doubles, apart: Doubles, truth: Mask) -> Doubles:
    """Products [P, N] of `apart` [P, D] with the shift of each label as it is without the photo.

    Sums over all photos are taken once, and each photo's own part off them.
    """
    true = truth.astype(np.float64)
    own = (apart * photos).sum(axis=1)[:, None]
    counts = true.sum(axis=0) - true
    examples = (apart @ (true.T @ photos).T - true * own) / np.maximum(counts, 1)
    everything = ((apart @ photos.sum(axis=0))[:, None] - own) / (len(photos) - 1)
    spreads = _spreads_left_out(photos)[:, None]
    spreads = np.where(spreads < _LEAST_SPREAD, np.inf, spreads)
    products: Doubles = counts / (counts + RESERVE) / spreads * (examples - everything)
    return products


def _spread(photos: Doubles) -> float:
    """The mean distance of the photos from their mean; 0 without any."""
    if not len(photos):
        return 0.0
    return float(np.linalg.norm(photos - photos.mean(axis=0), axis=1).mean())


def _spreads_left_out(photos: Doubles) -> Doubles:
    """`_spread` [P] of the others of each photo, from products alone."""
    others = len(photos) - 1
    total = photos.sum(axis=0)
    squares, to_total = (photos**2).sum(axis=1), photos @ total
    chunks = []
    for start in range(0, len(photos), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        to_mean = (to_total - photos[part] @ photos.T) / others  # [chunk, P]
        of_mean = ((total - photos[part]) ** 2).sum(axis=1)[:, None] / others**2
        distances = np.sqrt(np.maximum(squares - 2 * to_mean + of_mean, 0))
        distances[np.arange(len(distances)), np.arange(start, start + len(distances))] = 0
        chunks.append(distances.sum(axis=1) / others)
    return np.concatenate(chunks)
