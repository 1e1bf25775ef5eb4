"""Local sharpness: the documented values, blur lowers it, and noise and contrast hardly matter."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from runners.technical.metrics import sharpness_local as module
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading
from tests.technical import pictures
from tests.technical.pictures import Grey

BLURS = (0, 0.5, 1, 2, 4)


def sharpness_local(grey: Grey) -> Reading:
    return module.sharpness_local(Picture(grey))


def value(grey: Grey) -> float:
    reading = sharpness_local(grey)
    assert reading.value is not None, reading.reason
    return reading.value


def finding(grey: Grey) -> str | None:
    return module.METRIC.finding(sharpness_local(grey))


def half_blurred(sigma: float) -> Grey:
    """Hills with the right half out of focus."""
    hills = pictures.hills()
    hills[:, 150:] = pictures.blurred(hills, sigma)[:, 150:]
    return hills


def test_step_edge() -> None:
    """A single hard edge reads the documented value, from the two columns of tiles beside it."""
    reading = sharpness_local(pictures.step_edge())
    assert reading.value == pytest.approx(0.498, abs=0.005)
    assert reading.detail["tiles_used"] == 16


@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_picture_is_unknown(level: int) -> None:
    """Where there is no texture, sharpness is unknown, not 0."""
    reading = sharpness_local(pictures.flat(level))
    assert (reading.value, reading.reason) == (None, "no_texture")


def test_noise_alone_is_no_texture() -> None:
    """Grain on a grey wall says nothing about focus."""
    assert sharpness_local(pictures.gaussian_field(10)).reason == "no_texture"


@pytest.mark.parametrize(("height", "width"), [(1, 1), (512, 1), (1, 512), (31, 100), (100, 31)])
def test_too_small(height: int, width: int) -> None:
    """A side under 32 px gives no number but a reason."""
    reading = sharpness_local(pictures.hills(height, width))
    assert (reading.value, reading.reason) == (None, "too_small")


@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 512), (200, 39), (511, 512)])
def test_sides_that_eight_does_not_divide(height: int, width: int) -> None:
    """From 32 px a side on, tiles cover every picture."""
    noise = pictures.blurred(pictures.gaussian_field(60), 0.7)[:height, :width]
    assert sharpness_local(noise).value is not None


def test_one_textured_tile_is_too_few() -> None:
    """A single tile with texture is no evidence yet; two are."""
    grey = pictures.flat(128, 256, 256)
    grey[8:24, 8:24] = 255
    assert sharpness_local(grey).reason == "no_texture"
    grey[8:24, 40:56] = 255
    assert sharpness_local(grey).detail["tiles_used"] == 2


def test_tiles_tell_where() -> None:
    """The tiles are 8 rows of 8; those without texture are None, blurred ones lower."""
    grey = half_blurred(3)
    grey[150:] = 128
    detail = sharpness_local(grey).detail
    tiles = detail["tiles"]
    assert [len(row) for row in tiles] == [8] * 8
    assert tiles[7] == [None] * 8
    assert min(tiles[2][:3]) > 2 * max(tiles[2][5:])
    assert sum(tile is not None for row in tiles for tile in row) == detail["tiles_used"]


def test_tile_means_are_those_of_slices() -> None:
    """Each tile is the mean over the documented slice, whatever the sides."""
    plane = np.random.default_rng(3).random((83, 45), dtype=np.float32)
    means = module._tile_means(plane)
    for i, j in ((0, 0), (3, 5), (7, 7)):
        tile = plane[i * 83 // 8 : (i + 1) * 83 // 8, j * 45 // 8 : (j + 1) * 45 // 8]
        assert means[i, j] == pytest.approx(tile.mean(), rel=1e-6)


def test_blur_in_pixels_belongs_to_the_value() -> None:
    """Value and blur_px are two scales of one figure, and blur_px rises with the blur."""
    blurs = []
    for sigma in BLURS:
        reading = sharpness_local(pictures.blurred(pictures.hills(), sigma))
        assert reading.value is not None
        blurs.append(reading.detail["blur_px"])
        assert blurs[-1] == pytest.approx(math.sqrt((1 - reading.value) / reading.value))
    assert blurs == sorted(set(blurs))


def test_sharp_somewhere_is_sharp() -> None:
    """A background out of focus does not take the subject's sharpness away."""
    all_sharp, all_soft = pictures.hills(), pictures.blurred(pictures.hills(), 3)
    assert value(half_blurred(3)) == pytest.approx(value(all_sharp), abs=0.03)
    assert value(all_soft) < 0.5 * value(all_sharp)


def test_contrast_hardly_matters() -> None:
    """At half the contrast the value stays."""
    hills = pictures.hills()
    faint = np.rint(64 + hills * 0.5).astype(np.uint8)
    assert value(faint) == pytest.approx(value(hills), abs=0.03)


def test_blur_lowers_it_on_a_drawn_scene() -> None:
    """More blur, less local sharpness."""
    values = [value(pictures.blurred(pictures.hills(), sigma)) for sigma in BLURS]
    assert values == sorted(set(values), reverse=True)


def test_blur_lowers_it_on_every_photo(previews: dict[str, Grey]) -> None:
    """On real photos too, each step of blur lowers it, strictly."""
    for name, grey in previews.items():
        values = [value(pictures.blurred(grey, sigma)) for sigma in BLURS]
        assert values == sorted(set(values), reverse=True), name


def test_noise_hardly_matters_on_photos(previews: dict[str, Grey]) -> None:
    """Grain of 10 grey levels moves the median over all photos by less than 0.03."""
    clean = np.median([value(grey) for grey in previews.values()])
    noisy = np.median([value(pictures.with_noise(grey, 10)) for grey in previews.values()])
    assert noisy == pytest.approx(clean, abs=0.03)


def test_blurred_raccoon(previews: dict[str, Grey]) -> None:
    """The documented fall of one photo under blur."""
    raccoon = previews["raccoon.jpg"]
    values = [value(pictures.blurred(raccoon, sigma)) for sigma in BLURS[1:]]
    assert values == pytest.approx([0.714, 0.519, 0.244, 0.071], abs=0.01)


def test_reference_values(previews: dict[str, Grey], references: list[dict[str, Any]]) -> None:
    """Every photo gives the documented local sharpness."""
    for reference in references:
        measured = value(previews[reference["file"]])
        assert measured == pytest.approx(reference["sharpness_local"], abs=0.01), reference["file"]


def test_same_from_many_threads() -> None:
    """Eight threads at once read what one reads."""
    scenes = [pictures.blurred(pictures.hills(200 + i, 300), 1) for i in range(16)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(sharpness_local, scenes)) == [sharpness_local(grey) for grey in scenes]


def test_findings() -> None:
    """Words for blur everywhere, for focus in places, and none for an unknown."""
    assert finding(pictures.blurred(pictures.hills(), 4)) == "soft everywhere"
    assert finding(half_blurred(3)) == "sharp in places, soft elsewhere"
    assert finding(pictures.flat(128)) is None


def test_finding_of_a_sharp_picture() -> None:
    """Sharp over the whole frame is not said where half of the frame shows nothing."""
    squares = pictures.checkerboard().repeat(8, axis=0).repeat(8, axis=1)
    assert finding(squares) == "sharp throughout"
    squares[:, 256:] = 128
    assert finding(squares) == "sharp where there is detail"
