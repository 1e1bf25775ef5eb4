"""None of these: what is asked of the best label rises with their number."""

from __future__ import annotations

import math

import numpy as np
import pytest

from framed.scores.nothing import none_match


@pytest.mark.parametrize("count", [1, 3, 10, 30, 5000])
def test_the_best_of_many_must_stand_higher(count: int) -> None:
    """0.5 + 0.25 ln n decides, whichever label it is, and whatever the others are."""
    least = 0.5 + 0.25 * math.log(count)
    z = np.full(count, -3.0)
    z[count // 2] = least + 1e-6
    assert not none_match(z)
    z[count // 2] = least - 1e-6
    assert none_match(z)
