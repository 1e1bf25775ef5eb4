"""Numbers are found in a checkpoint only where they come out of it bit for bit."""

from __future__ import annotations

import numpy as np

from runners.clip.prepared.pieces import Taken
from scripts.shipping.sources import Sources

DICE = np.random.default_rng(5)
CONV = DICE.normal(size=(8, 6, 3, 3)).astype(np.float16).astype(np.float32)
TABLE = DICE.normal(size=(9, 4)).astype(np.float32)
SOURCES = Sources({"conv": CONV, "table": TABLE})


def test_what_is_there_is_found() -> None:
    """As it is, turned about, and in parts."""
    assert SOURCES.find(CONV.tobytes()) == (Taken("conv"), b"")
    turned = np.ascontiguousarray(TABLE.T)
    assert SOURCES.find(turned.tobytes()) == (Taken("table", transposed=True), b"")
    assert SOURCES.find(TABLE[3:].tobytes()) == (Taken("table", rows=(3, 9)), b"")


def test_factors_of_rows_are_found() -> None:
    """Of any size and sign; of rows that are all zero only the sign is to be found."""
    factors = (DICE.normal(size=8) * 10.0 ** DICE.integers(-6, 6, 8)).astype(np.float32)
    dead = CONV.copy()
    dead[2] *= 0
    dead[5] *= -0.0
    for conv in (CONV, dead):
        sources = Sources({"conv": conv})
        data = (conv * factors.reshape(8, 1, 1, 1)).tobytes()
        taken, found = sources.find(data) or (None, b"")
        assert taken == Taken("conv", scaled=True)
        assert taken.of(conv, np.frombuffer(found, np.float32)).tobytes() == data


def test_what_is_nearly_there_is_not_found() -> None:
    """A last place of one number, and numbers of nobody."""
    other = CONV.copy()
    other.view(np.int32)[3, 2, 1, 1] += 1
    assert SOURCES.find(other.tobytes()) is None
    assert SOURCES.find(np.ones(40, np.float32).tobytes()) is None
