"""None of these: whether the best label of a list stands out less than the best of wrong ones.

The best of many wrong labels stands higher than the best of few, so that what is asked of it rises
with their number. Measured with the embedded model on photos from elsewhere (`scripts.evaluate
--scores`): lists of 1, 3, 10 and 30 wrong labels are refused in 77, 60, 38 and 21 of 100 cases,
lists with one right label, what the photo is of, in 6, 6, 5 and 4.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

_ALONE, _RISE = 0.5, 0.25


def none_match(z: npt.NDArray[np.float64]) -> bool:
    """Whether none of the N > 0 labels with these z seems to apply; a hint, no proof."""
    return bool(z.max() < _ALONE + _RISE * math.log(len(z)))
