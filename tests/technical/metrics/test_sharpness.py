"""Sharpness: the documented values, and that blur lowers it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from runners.technical.metrics import sharpness as module
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading
from tests.technical import pictures
from tests.technical.pictures import Grey


def sharpness(grey: Grey) -> Reading:
    return module.sharpness(Picture(grey))


BLURS = (0, 0.5, 1, 2, 4)


def tenengrad(grey: Grey) -> float:
    return float(sharpness(grey).detail["tenengrad"])


def test_step_edge() -> None:
    """A step of 128 levels over 512 columns has the energy that can be counted by hand."""
    reading = sharpness(pictures.step_edge())
    assert reading.detail["tenengrad"] == pytest.approx(1024, abs=1e-6)
    assert reading.value == pytest.approx(0.471502, abs=1e-5)


def test_ramp() -> None:
    """A ramp of one level a pixel has gradient 8 but at its two mirrored borders."""
    assert tenengrad(pictures.ramp()) == pytest.approx(63.5, abs=1e-6)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_picture_has_none(level: int) -> None:
    """One grey level everywhere is sharpness 0, a number and not an unknown."""
    assert sharpness(pictures.flat(level)).value == 0.0


def test_checkerboard() -> None:
    """Squares of one pixel cancel inside the 3x3 kernel; of two, nothing is sharper."""
    squares = pictures.checkerboard()
    assert sharpness(squares).value == 0.0
    assert sharpness(squares.repeat(2, axis=0).repeat(2, axis=1)).value == pytest.approx(1.0)


@pytest.mark.parametrize("sigma", [2, 5, 10, 20])
def test_white_noise_counts_as_gradient(sigma: float) -> None:
    """White noise of sigma n has tenengrad 24 n^2: the weights of both kernels, squared."""
    assert tenengrad(pictures.gaussian_field(sigma)) == pytest.approx(24 * sigma**2, rel=0.03)


def test_value_is_the_squashed_energy() -> None:
    """Value and detail belong together: tanh(T / 2000)."""
    reading = sharpness(pictures.hills())
    assert reading.value == math.tanh(reading.detail["tenengrad"] / 2000)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (512, 1), (1, 512), (7, 100), (100, 7)])
def test_too_small(height: int, width: int) -> None:
    """A side under 8 px gives no number but a reason."""
    reading = sharpness(pictures.flat(128, height, width))
    assert (reading.value, reading.reason) == (None, "too_small")


def test_smallest_side_that_counts() -> None:
    """8 px are enough."""
    assert sharpness(pictures.checkerboard(8, 8)).value is not None


def test_blur_lowers_it_on_a_drawn_scene() -> None:
    """More blur, less gradient energy."""
    energies = [tenengrad(pictures.blurred(pictures.hills(), sigma)) for sigma in BLURS]
    assert energies == sorted(set(energies), reverse=True)


def test_blur_lowers_it_on_every_photo(previews: dict[str, Grey]) -> None:
    """On real photos too, each step of blur lowers it, strictly."""
    for name, grey in previews.items():
        energies = [tenengrad(pictures.blurred(grey, sigma)) for sigma in BLURS]
        assert energies == sorted(set(energies), reverse=True), name


def test_blurred_raccoon(previews: dict[str, Grey]) -> None:
    """The documented fall of one photo under blur."""
    raccoon = previews["raccoon.jpg"]
    values = [sharpness(pictures.blurred(raccoon, sigma)).value for sigma in BLURS[1:]]
    assert values == pytest.approx([1.0, 0.9965, 0.860, 0.4655], abs=0.005)


def test_reference_values(previews: dict[str, Grey], references: list[dict[str, Any]]) -> None:
    """Every photo gives the documented sharpness and energy."""
    for reference in references:
        reading = sharpness(previews[reference["file"]])
        assert reading.value == pytest.approx(reference["sharpness"], abs=0.002)
        assert reading.detail["tenengrad"] == pytest.approx(reference["tenengrad"], rel=0.015)
