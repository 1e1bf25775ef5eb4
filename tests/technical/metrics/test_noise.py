"""Noise: equal to the reference implementation, and rising with real noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from runners.technical.metrics import noise as module
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading
from tests.technical import pictures
from tests.technical.pictures import Grey


def noise(grey: Grey) -> Reading:
    return module.noise(Picture(grey))


def value(grey: Grey) -> float:
    reading = noise(grey)
    assert reading.value is not None
    return reading.value


def reference_sigma(grey: Grey) -> float:
    """scikit-image's estimate; skips where it or PyWavelets, which it needs, is not installed."""
    pytest.importorskip("pywt", reason="PyWavelets is not installed")
    restoration = pytest.importorskip("skimage.restoration", reason="no scikit-image")
    return float(restoration.estimate_sigma(grey / 255.0))


@pytest.mark.parametrize(("height", "width"), [(8, 8), (9, 8), (8, 9), (9, 11), (64, 65)])
def test_is_the_reference_to_the_last_bit(height: int, width: int) -> None:
    """Even and odd sides, borders included, give the very double that scikit-image gives."""
    random = np.random.default_rng(5)
    for _ in range(100):  # in small pictures the median often is a coefficient of the border
        grey = random.integers(0, 256, (height, width), dtype=np.uint8)
        assert noise(grey).detail["sigma"] == reference_sigma(grey)


def test_is_the_reference_on_every_photo(previews: dict[str, Grey]) -> None:
    """Flat areas, where single bits decide, do not tell it from scikit-image either."""
    for name, grey in previews.items():
        assert value(grey) == pytest.approx(reference_sigma(grey) / 0.08, abs=1e-9), name


@pytest.mark.parametrize("sigma", [2, 5, 10])
def test_white_noise_is_read_back(sigma: float) -> None:
    """White noise of sigma grey levels reads sigma / 20.4."""
    assert value(pictures.gaussian_field(sigma)) == pytest.approx(sigma / 20.4, rel=0.03)


def test_strong_noise_ends_at_one() -> None:
    """Beyond sigma 0.08 the value stays 1 and the detail still tells."""
    reading = noise(pictures.gaussian_field(30))
    assert reading.value == 1.0
    assert reading.detail["sigma"] == pytest.approx(30 / 255, rel=0.03)


@pytest.mark.parametrize("level", [0, 77, 128, 255])
def test_flat_picture_has_none(level: int) -> None:
    """One grey level everywhere has no noise but rounding, whatever the level."""
    assert 0.0 <= value(pictures.flat(level)) < 1e-9


def test_checkerboard_is_the_noisiest() -> None:
    """The finest checkerboard is nothing but high-pass energy."""
    assert value(pictures.checkerboard()) == 1.0


@pytest.mark.parametrize(("height", "width"), [(1, 1), (512, 1), (1, 512), (7, 100), (100, 7)])
def test_too_small(height: int, width: int) -> None:
    """A side under 8 px gives no number but a reason."""
    reading = noise(pictures.flat(128, height, width))
    assert (reading.value, reading.reason) == (None, "too_small")


def test_rises_with_noise_on_a_drawn_scene() -> None:
    """More grain, a higher value."""
    values = [value(pictures.with_noise(pictures.hills(), sigma)) for sigma in (0, 3, 6, 12, 18)]
    assert values == sorted(set(values))


def test_rises_with_noise_on_every_photo(previews: dict[str, Grey]) -> None:
    """On real photos too, each step of grain raises it, strictly."""
    for name, grey in previews.items():
        values = [value(pictures.with_noise(grey, sigma)) for sigma in (0, 3, 6, 12, 18)]
        assert values == sorted(set(values)), name


def test_reference_values(previews: dict[str, Grey], references: list[dict[str, Any]]) -> None:
    """Every photo gives the documented noise."""
    for reference in references:
        assert value(previews[reference["file"]]) == pytest.approx(reference["noise"], abs=0.003)
