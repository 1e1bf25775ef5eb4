"""Local contrast: its formula, whatever rows are asked for, and the signs of flat areas."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from runners.technical.metrics.local_contrast import LocalContrast
from tests.technical import pictures
from tests.technical.pictures import Grey

Plane = npt.NDArray[np.float32]


def contrast(grey: Grey, step: int) -> Plane:
    """All rows, `step` at a time."""
    out = np.empty(grey.shape, np.float32)
    local = LocalContrast(grey, step)
    for top in range(0, len(grey), step):
        rows = slice(top, min(top + step, len(grey)))
        local.write(rows, out[rows])
    return out


def test_is_its_formula() -> None:
    """(Y - mu) / (sd + 1) under the Gaussian window, black past the edges, in double precision."""
    grey = pictures.with_noise(pictures.hills(60, 70), 10)
    window = cv2.getGaussianKernel(7, 7 / 6)
    mean, square = (
        cv2.sepFilter2D(plane, -1, window, window, borderType=cv2.BORDER_CONSTANT)
        for plane in (grey.astype(np.float64), grey.astype(np.float64) ** 2)
    )
    expected = (grey - mean) / (np.sqrt(np.abs(square - mean**2)) + 1)
    np.testing.assert_allclose(contrast(grey, 60), expected, atol=1e-3)


@pytest.mark.parametrize("step", [1, 2, 7, 32])
def test_strips_make_no_difference(step: int) -> None:
    """A few rows at a time give the very numbers of all at once."""
    grey = pictures.with_noise(pictures.hills(50, 64), 5)
    np.testing.assert_array_equal(contrast(grey, step), contrast(grey, 50))


def test_flat_areas_have_the_signs_of_piq() -> None:
    """For every grey level a flat area is above, at or below its mean as piq rounds it."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    functional = pytest.importorskip("piq.functional", reason="piq is not installed")
    window = functional.gaussian_filter(kernel_size=7, sigma=7 / 6, dtype=torch.float32)[None]
    for level in range(256):
        grey = pictures.flat(level, 16, 32)
        tensor = torch.tensor(grey, dtype=torch.float32)[None, None]
        expected = (tensor - torch.nn.functional.conv2d(tensor, window, padding=3))[0, 0]
        assert np.sign(contrast(grey, 16)[8, 16]) == np.sign(float(expected[8, 16])), level
