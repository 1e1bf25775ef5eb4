"""Noise at full size: the added grain is read back, in calm places, clipped ones left out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from runners.technical.metrics.noise_full import METRIC, noise_full
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading
from tests.technical import pictures
from tests.technical.pictures import PHOTOS, Grey

DOCUMENTED = ((3, 3.05), (6, 5.9), (12, 11.8), (24, 23.2))  # added and read, in grey levels


def sigma(grey: Grey) -> float:
    """What is read, in grey levels."""
    return 255 * float(read(grey).detail["sigma"])


def read(grey: Grey) -> Reading:
    return noise_full(Picture(grey))


def smooth(height: int = 512, width: int = 640) -> Grey:
    """A soft scene far from black and white."""
    y, x = np.mgrid[:height, :width]
    return np.rint(128 + 40 * np.sin(x / 90) * np.cos(y / 70)).astype(np.uint8)


def with_texture(grey: Grey, share: float) -> Grey:
    """The left `share` of the picture covered with strong fine texture."""
    covered = grey.copy()
    columns = int(share * grey.shape[1])
    covered[:, :columns] = pictures.with_noise(grey[:, :columns], 60)
    return covered


@pytest.mark.parametrize(("added", "documented"), DOCUMENTED)
def test_added_grain_is_read_back(added: float, documented: float) -> None:
    """White noise on a smooth picture reads as documented for photos."""
    assert sigma(pictures.with_noise(smooth(), added)) == pytest.approx(documented, rel=0.05)


@pytest.mark.parametrize(("added", "documented"), DOCUMENTED)
def test_added_grain_is_read_back_from_photos(added: float, documented: float) -> None:
    """The typical photo of the shared ones reads as documented, at its original pixels."""
    if not PHOTOS.is_dir():
        pytest.skip("the shared photos are not here")
    originals = [cv2.imread(str(photo), cv2.IMREAD_GRAYSCALE) for photo in some_photos()]
    read = [sigma(pictures.with_noise(np.asarray(grey, np.uint8), added)) for grey in originals]
    assert np.median(read) == pytest.approx(documented, rel=0.05)


def some_photos() -> list[str]:
    return [str(photo) for photo in sorted(PHOTOS.glob("*.jpg"))[::6]]


def test_value_is_sigma_on_the_scale_of_noise() -> None:
    """`value` is sigma of a picture in 0..1 over 0.08, and ends at 1."""
    grainy = read(pictures.with_noise(smooth(), 6))
    assert grainy.value == pytest.approx(grainy.detail["sigma"] / 0.08)
    assert read(pictures.with_noise(smooth(), 40)).value == 1.0


def test_rises_with_grain() -> None:
    """More grain, a higher value."""
    values = [read(pictures.with_noise(smooth(), added)).value or 0.0 for added in (0, 1, 3, 6, 12)]
    assert values == sorted(set(values))


def test_calm_places_decide() -> None:
    """Texture over half of the frame hardly moves it; over nine tenths it counts as noise."""
    grainy = pictures.with_noise(smooth(), 4)
    assert sigma(with_texture(grainy, 0.5)) == pytest.approx(sigma(grainy), rel=0.05)
    assert sigma(with_texture(grainy, 0.9)) > 5 * sigma(grainy)


def test_lost_tiles_are_left_out() -> None:
    """Black and white tiles hold no noise to measure, and do not pull the value down."""
    grainy = pictures.with_noise(smooth(512, 512), 6)
    expected = read(grainy)
    partly = grainy.copy()
    partly[:, :192], partly[:256, 192:256] = 0, 255
    left = read(partly)
    assert (expected.detail["tiles_used"], left.detail["tiles_used"]) == (64, 64 - 24 - 4)
    assert left.value == pytest.approx(expected.value, rel=0.05)


@pytest.mark.parametrize(("rows", "used"), [(12, 1), (13, 0)])
def test_a_fifth_of_lost_pixels_loses_a_tile(rows: int, used: int) -> None:
    """From 20 % of its pixels at <= 2 or >= 253 on, a tile is not used; levels 3 and 252 are."""
    tile = pictures.flat(3, 64, 64)
    tile[:6], tile[6:rows], tile[32:] = 2, 253, 252
    assert read(tile).detail.get("tiles_used", 0) == used


def test_only_whole_tiles_count() -> None:
    """What does not fill a tile at the borders is not looked at."""
    grey = smooth(64 + 40, 128 + 63)
    assert read(grey).detail["tiles_used"] == 2


@pytest.mark.parametrize("level", [0, 1, 254, 255])
def test_all_lost(level: int) -> None:
    """A picture lost in black or white has no number but a reason."""
    reading = read(pictures.flat(level, 128, 128))
    assert (reading.value, reading.reason) == (None, "flat")


@pytest.mark.parametrize("level", [3, 77, 252])
def test_flat_picture_has_none(level: int) -> None:
    """One grey level everywhere is clean."""
    assert 0.0 <= sigma(pictures.flat(level, 128, 128)) < 1e-9


@pytest.mark.parametrize(("height", "width"), [(1, 1), (63, 1024), (1024, 63)])
def test_too_small(height: int, width: int) -> None:
    """A side under a tile gives no number but a reason."""
    reading = read(pictures.flat(128, height, width))
    assert (reading.value, reading.reason) == (None, "too_small")


def test_only_on_request_and_of_the_original_pixels() -> None:
    """It needs a decode at full size, so nobody pays for it unasked."""
    assert (METRIC.view, METRIC.on_request) == ("full_crop", True)


def test_finding_speaks_of_grain_only_where_there_is_some() -> None:
    """Clean pictures get no sentence."""
    assert METRIC.finding(read(smooth())) is None
    assert "grain" in (METRIC.finding(read(pictures.with_noise(smooth(), 20))) or "")
