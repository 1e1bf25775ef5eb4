"""z: how far a label stands out in a photo among everyday words, in standard deviations.

    u = v - r                                        what sets the photo apart from photos
    z = (u.t - mean_k(u.g_k)) / std_k(u.g_k)

for a photo's vector v, a label's t, the mean r of reference photos and the vectors g_k of everyday
words. z is the same in any list of labels, whatever is added to all cosines of a label (references
included) or multiplies all cosines.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from framed.scores.products import products

Floats = npt.NDArray[np.floating]
Doubles = npt.NDArray[np.float64]

_LEAST = 1e-9  # deviation of cosines below which all words are alike


@dataclass(frozen=True, eq=False)
class Background:
    """What photos and labels are held against: `mean` [D] of the reference photos' unit vectors,
    `words` [K, D] of everyday words, unit rows; both float64."""

    mean: Doubles
    words: Doubles

    @cached_property
    def words_at_mean(self) -> Doubles:
        """Cosine of each word with the mean, [K]."""
        at_mean: Doubles = self.words @ self.mean
        return at_mean

    def spread(self, photos: Floats) -> tuple[Doubles, Doubles]:
        """Mean and standard deviation of u.g_k over the words, each [P], of photos [P, D]; the
        deviation is NaN where all words are alike."""
        return _spread(photos.astype(np.float64) @ self.words.T - self.words_at_mean)

    def spread_of_one(self, photo: Floats) -> tuple[float, float]:
        """The same of one photo [D]."""
        level, deviation = _spread((products(photo, self.words) - self.words_at_mean)[None])
        return float(level[0]), float(deviation[0])


def _spread(of_words: Doubles) -> tuple[Doubles, Doubles]:
    deviation = of_words.std(axis=1)
    return of_words.mean(axis=1), np.where(deviation > _LEAST, deviation, np.nan)


def standing(photos: Floats, rows: Floats, background: Background) -> Doubles:
    """z float64 [P, N] of photos [P, D] and labels' unit rows [N, D]; NaN where there is none."""
    apart = photos.astype(np.float64) - background.mean
    level, deviation = background.spread(photos)
    z: Doubles = (apart @ rows.astype(np.float64).T - level[:, None]) / deviation[:, None]
    return z
