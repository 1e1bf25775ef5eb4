"""How near an engine's vectors are, and which of them is near enough."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from runners.clip.prepared.parity import Figures, compare, is_admitted

DICE = np.random.default_rng(4)
Rows = npt.NDArray[np.float32]


def units(rows: npt.NDArray[np.floating]) -> Rows:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


SHARED = DICE.normal(size=(1, 32)) * 5  # what all photos have in common
PHOTOS = units(SHARED + DICE.normal(size=(24, 32)))
LABELS = units(SHARED + DICE.normal(size=(9, 32)))


def test_the_same_vectors_are_exact() -> None:
    """Cosines of 1 and every decision the same."""
    figures = compare(PHOTOS, PHOTOS, LABELS)
    assert figures.cosine == pytest.approx(1, abs=1e-6)
    assert figures.centred == pytest.approx(1, abs=1e-6)
    assert figures.decisions == 1.0
    assert all(is_admitted(figures, each) for each in ("fp32", "bf16", "fp16", "int8"))


def test_the_least_similar_photo_decides() -> None:
    """One wrong vector of many is enough to be refused."""
    rows = PHOTOS.copy()
    rows[7] = PHOTOS[8]
    figures = compare(rows, PHOTOS, LABELS)
    assert figures.cosine == pytest.approx(float(PHOTOS[7] @ PHOTOS[8]), abs=1e-6)
    assert not any(is_admitted(figures, each) for each in ("fp32", "bf16", "fp16", "int8"))


def test_what_all_photos_share_does_not_count() -> None:
    """Noise that a plain cosine hardly shows is seen once the mean is gone."""
    noisy = units(PHOTOS + DICE.normal(size=PHOTOS.shape).astype(np.float32) * 0.02)
    figures = compare(noisy, PHOTOS, LABELS)
    assert figures.cosine > 0.98
    assert figures.centred < 0.9


def test_rows_that_are_no_numbers_are_the_worst() -> None:
    """An engine that overflows is refused at every precision."""
    rows = PHOTOS.copy()
    rows[0, 0] = np.nan
    assert compare(rows, PHOTOS, LABELS) == Figures(-1.0, -1.0, 0.0)


@pytest.mark.parametrize(
    ("precision", "figures", "admitted"),
    [
        ("fp32", Figures(0.99999, 0.9, 0.0), True),
        ("fp32", Figures(0.9999, 1.0, 1.0), False),
        ("bf16", Figures(0.9, 0.999, 0.0), True),
        ("bf16", Figures(1.0, 0.9989, 1.0), False),
        ("fp16", Figures(1.0, 0.9989, 1.0), False),
        ("int8", Figures(0.9, 0.995, 0.99), True),
        ("int8", Figures(1.0, 0.9949, 1.0), False),
        ("int8", Figures(1.0, 1.0, 0.98), False),
    ],
)
def test_the_bars(precision: str, figures: Figures, admitted: bool) -> None:
    """Exact engines by cosine, narrower ones by centred cosine, int8 by decisions too."""
    assert is_admitted(figures, precision) is admitted


def test_ties_decide_nothing() -> None:
    """Labels within the tolerance of a score may change places."""
    twins = np.concatenate([LABELS[:1], LABELS[:1] + 1e-4])
    turned = np.roll(twins, 1, axis=0)
    assert compare(PHOTOS, PHOTOS, units(twins)).decisions == 1.0
    assert compare(PHOTOS @ np.eye(32, dtype=np.float32), PHOTOS, units(turned)).decisions == 1.0


def test_it_can_be_said_in_a_line() -> None:
    """With all three figures."""
    assert Figures(0.5, 0.25, 0.75).said() == (
        "cosine 0.500000, centred 0.25000, same first label 75.0%"
    )
