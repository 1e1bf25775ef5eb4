"""A server is measured only if it answers embeddings of the photos that it was asked about."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.benchmarks.row import NotMeasurableError
from scripts.peers.agreement import Rows, agreement, check


def unit(rows: Rows) -> Rows:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def reference() -> Rows:
    """Rows near each other, as random weights give them."""
    random = np.random.default_rng(3)
    noise = random.normal(size=(6, 64))
    return unit(np.float32(1) + 0.1 * noise.astype(np.float32))


def test_small_differences_are_seen_once_centred(reference: Rows) -> None:
    """Near each other, rows agree too easily."""
    random = np.random.default_rng(4)
    theirs = unit(reference + 0.001 * random.normal(size=reference.shape).astype(np.float32))
    found = agreement(theirs.tolist(), reference)
    assert 0.98 < found.centred < found.cosine < 1


def test_the_same_is_1(reference: Rows) -> None:
    """Both ways."""
    found = agreement(reference.tolist(), reference)
    assert (found.cosine, found.centred) == pytest.approx((1, 1), abs=1e-5)


@pytest.mark.parametrize("other", ["another photo", "longer", "narrower", "another model"])
def test_anything_else_is_refused(reference: Rows, other: str) -> None:
    """Another photo's row is near, too, and is told all the same."""
    answered = {
        "another photo": np.roll(reference, 1, axis=0),
        "longer": reference * 2,
        "narrower": reference[:, 1:],
        "another model": np.roll(reference, 1, axis=1),
    }
    with pytest.raises(NotMeasurableError):
        check(answered[other].tolist(), reference)
