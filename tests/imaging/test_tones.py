"""`framed.imaging.tones`: figures of Hasler and Süsstrunk, and what made pictures must have."""

from __future__ import annotations

import numpy as np
import pytest

from framed.imaging.decode import decode
from framed.imaging.tones import tones_of
from framed.photo import DecodeSpec, Photo
from tests.imaging.pictures import PHOTOS, encoded, scene


def _tones(pixels, hour=None):
    height, width = pixels.shape[:2]
    return tones_of(Photo(pixels, (width, height), "PNG", (), "", hour))


def _plain(colour, width=40, height=30):
    return np.full((height, width, 3), colour, np.uint8)


def _as_published(pixels):
    red, green, blue = pixels.reshape(-1, 3).astype(float).T
    rg, yb = red - green, (red + green) / 2 - blue
    return np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())


def test_colourfulness_is_as_published():
    """M of every pixel, where the picture has no more than are sampled."""
    pixels = np.asarray(scene())
    assert _tones(pixels).colourfulness == pytest.approx(_as_published(pixels))


def test_a_grey_picture_has_exactly_no_colour():
    """Whatever its greys are."""
    grey = np.asarray(scene().convert("L"))[..., None].repeat(3, axis=-1)
    tones = _tones(grey)
    assert (tones.colourfulness, tones.polychromy) == (0, 0)
    assert tones.luminance == pytest.approx(grey.mean() / 255)
    assert tones.contrast == pytest.approx(grey.std() / 255)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_plain_picture_has_no_contrast(level):
    """Black, grey and white differ in nothing but luminance."""
    tones = _tones(_plain(level))
    assert (tones.colourfulness, tones.polychromy, tones.contrast) == (0, 0, 0)
    assert tones.luminance == pytest.approx(level / 255)


def test_a_toned_print_is_colourful_but_not_polychrome():
    """Its colours follow its luma."""
    grey = np.asarray(scene().convert("L"), np.float64)[..., None] * 0.8
    tones = _tones(np.rint(grey * (1.07, 0.87, 0.62)).astype(np.uint8))
    assert tones.colourfulness > 20
    assert tones.polychromy < 1


def test_the_sample_stands_for_the_whole():
    """The colourfulness of a picture of many pixels, within 1; a corner is not passed over."""
    pixels = np.asarray(scene(1200, 900))
    assert _tones(pixels).colourfulness == pytest.approx(_as_published(pixels), abs=1)
    half = _plain(0, 1200, 900)
    half[:, 600:] = 255
    assert _tones(half).luminance == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("size", [(1, 1), (3, 40_000), (40_000, 3), (2, 9_999)])
def test_every_shape_has_tones(size):
    """One pixel, and ribbons thinner than the grid's step."""
    assert _tones(_plain((255, 0, 0), *size)).luminance == pytest.approx(0.299)


def test_alpha_is_on_white():
    """The pixels are those that the model sees."""
    picture = scene()
    picture.putalpha(0)
    assert tones_of(decode(encoded(picture, "PNG"), DecodeSpec())).luminance == pytest.approx(1)


def test_the_hour_is_passed_on():
    """As the photo says it."""
    assert _tones(_plain(0), 13.5).hour == 13.5
    assert _tones(_plain(0)).hour is None


@pytest.mark.skipif(not PHOTOS.exists(), reason="needs the shared photos")
@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("concert_bw", 0, 0), ("lantern_dark", 3, 10), ("cat", 30, 45), ("fig", 100, 130)],
)
def test_photos_are_as_colourful_as_they_look(name, least, most):
    """Grey, nearly grey, ordinary and vivid, also where shrunk on load."""
    data = (PHOTOS / f"{name}.jpg").read_bytes()
    for spec in (DecodeSpec(), DecodeSpec(min_short_side=100)):
        assert least <= tones_of(decode(data, spec)).colourfulness <= most
