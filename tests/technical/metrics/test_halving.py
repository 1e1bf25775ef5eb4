"""Halving: MATLAB's bicubic, as piq has it, and what any reduction owes."""

from __future__ import annotations

import numpy as np
import pytest

from runners.technical.metrics.halving import halved
from tests.technical import pictures

SIZES = [(8, 8), (9, 8), (8, 9), (16, 17), (65, 47), (200, 301), (333, 1024)]


@pytest.mark.parametrize("size", SIZES)
def test_is_the_reference(size: tuple[int, int]) -> None:
    """Even and odd sides, borders included, are piq's within rounding."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    functional = pytest.importorskip("piq.functional", reason="piq is not installed")
    grey = pictures.with_noise(pictures.hills(*size), 20)
    half = (size[0] // 2, size[1] // 2)
    tensor = torch.tensor(grey, dtype=torch.float32)[None, None]
    expected = functional.imresize(tensor, sizes=half)[0, 0].numpy()
    assert halved(grey).shape == half
    np.testing.assert_allclose(halved(grey), expected, atol=1e-3)


@pytest.mark.parametrize("size", SIZES)
def test_flat_stays_flat(size: tuple[int, int]) -> None:
    """One grey level stays that level up to the edges."""
    np.testing.assert_allclose(halved(pictures.flat(200, *size)), 200, rtol=1e-6)


def test_turns_with_the_picture() -> None:
    """Rows and columns are treated alike, and so are both ends."""
    grey = pictures.hills(41, 60)
    np.testing.assert_allclose(halved(grey.T), halved(grey).T, atol=1e-3)
    np.testing.assert_allclose(halved(grey[::-1, ::-1]), halved(grey)[::-1, ::-1], atol=1e-3)
