"""Products of one vector with many rows: in double precision, whatever comes in."""

from __future__ import annotations

import numpy as np
import pytest

from framed.scores.products import products

DICE = np.random.default_rng(5)


@pytest.mark.parametrize("kinds", [("f4", "f4"), ("f8", "f4"), ("f4", "f8"), ("f8", "f8")])
def test_single_precision_does_not_round_the_sum(kinds: tuple[str, str]) -> None:
    """The factors are as they came, the sum is that of doubles."""
    vector, rows = DICE.normal(size=256).astype(kinds[0]), DICE.normal(size=(50, 256))
    rows = rows.astype(kinds[1])
    found = products(vector, rows)
    assert found.dtype == np.float64
    exact = rows.astype(np.longdouble) @ vector.astype(np.longdouble)
    np.testing.assert_allclose(found, exact.astype(np.float64), atol=1e-13)


def test_no_rows_no_products() -> None:
    """A bank may have no prototypes."""
    assert products(np.ones(3), np.zeros((0, 3))).shape == (0,)
