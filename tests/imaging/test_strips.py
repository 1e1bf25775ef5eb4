"""`framed.imaging.strips`: in parts as in one piece."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from framed.errors import Code, FramedError
from framed.imaging import shrink, strips
from framed.imaging.colour import to_srgb
from framed.imaging.decode import decode
from framed.imaging.header import read_header
from framed.imaging.opening import open_header
from framed.imaging.orientation import turn_upright
from framed.imaging.shrink import whole_box
from framed.imaging.strips import upright_srgb
from framed.photo import DecodeSpec
from tests.imaging.pictures import distance, encoded, exif, scene

SIZE = (97, 63)


@pytest.fixture(autouse=True)
def narrow(monkeypatch):
    """Strips of a few rows, so that small pictures have many."""
    monkeypatch.setattr(strips, "STRIP_PIXELS", 400)
    monkeypatch.setattr(strips, "IN_STRIPS_ABOVE", 1000)


def _half_clear(picture):
    """Opaque above, clearer and clearer below: the upper strips alone show no transparency."""
    picture = picture.convert("RGBA")
    alpha = np.full(SIZE[::-1], 255, np.uint8)
    alpha[40:] = np.arange(SIZE[0])
    picture.putalpha(Image.fromarray(alpha))
    return picture


def _deep(dark_rows):
    values = np.asarray(scene(*SIZE).convert("L")).astype(np.uint16) * 250
    values[:dark_rows] = 3
    return Image.fromarray(values)


def _loaded(picture, **options):
    image = open_header(encoded(picture, "PNG", **options), "PNG", DecodeSpec())
    image.load()
    return image


def _wide_gamut():
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    at = swapped.index(b"rXYZ")
    other = swapped.index(b"gXYZ")
    return swapped[:at] + b"gXYZ" + swapped[at + 4 : other] + b"rXYZ" + swapped[other + 4 :]


KINDS = {
    "rgb": lambda: _loaded(scene(*SIZE)),
    "icc": lambda: _loaded(scene(*SIZE), icc_profile=_wide_gamut()),
    "grey": lambda: _loaded(scene(*SIZE).convert("L")),
    "grey-16": lambda: _loaded(_deep(dark_rows=30)),
    "grey-16-clear": lambda: _loaded(_deep(dark_rows=30), transparency=3),
    "alpha": lambda: _loaded(_half_clear(scene(*SIZE))),
    "la": lambda: _loaded(_half_clear(scene(*SIZE)).convert("LA")),
    "palette": lambda: _loaded(scene(*SIZE).convert("P")),
    "palette-clear": lambda: _loaded(scene(*SIZE).quantize(16), transparency=bytes([0, 90])),
    "colour-clear": lambda: _loaded(scene(*SIZE), transparency=(255, 255, 255)),
    "bits": lambda: _loaded(scene(*SIZE).convert("1")),
    "cmyk": lambda: scene(*SIZE).convert("CMYK"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_strips_are_the_whole(kind):
    """Every pixel and every step is that of the picture in one piece."""
    image = KINDS[kind]()
    whole, done = to_srgb(image)
    assert distance(upright_srgb(image, 1, 1)[0], whole) == 0
    assert upright_srgb(image, 1, 1)[1] == done


@pytest.mark.parametrize("divisor", [2, 4, 8])
def test_strips_are_reduced_as_the_whole(divisor):
    """Reducing strip by strip is Pillow's reduce of the whole, with odd ends."""
    image = _half_clear(scene(*SIZE))
    assert distance(upright_srgb(image, divisor, 1)[0], to_srgb(image)[0].reduce(divisor)) == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_strips_are_turned_as_the_whole(orientation):
    """Each orientation, written strip by strip, is Pillow's own transpose."""
    pixels, _ = upright_srgb(scene(*SIZE), 1, orientation)
    assert distance(pixels, turn_upright(scene(*SIZE), orientation)) == 0
    assert pixels.flags.c_contiguous


def test_one_strip_beyond_16_bits_refuses_the_picture():
    """A value that cannot be shown is found in whichever strip it lies."""
    values = np.zeros(SIZE[::-1], np.int32)
    values[60, 1] = 65536
    with pytest.raises(FramedError) as refused:
        upright_srgb(Image.fromarray(values), 1, 1)
    assert refused.value.code is Code.UNSUPPORTED_MODE


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 7])
def test_very_large_pictures_are_reduced(format, orientation, monkeypatch):
    """Above a size every format follows the rule of shrink on load, and says so."""
    monkeypatch.setattr(shrink, "REDUCED_ABOVE", 1000)
    data = encoded(scene(401, 307), format, exif=exif(orientation), lossless=True)
    spec = DecodeSpec(min_short_side=100)
    photo, exact = decode(data, spec), decode(data, DecodeSpec(exact=True))
    width, height = photo.original_size
    assert photo.applied[0] == "shrink:2"
    assert photo.original_size == exact.original_size == exact.pixels.shape[1::-1]
    assert photo.pixels.shape == (-(-height // 2), -(-width // 2), 3)
    assert read_header(data, spec).kept_pixels == photo.pixels.size // 3
    left, top, right, bottom = whole_box(photo)
    again = Image.fromarray(photo.pixels).resize((100, 100), box=(left, top, right, bottom))
    assert distance(again, Image.fromarray(exact.pixels).resize((100, 100))) < 2.5


def test_exact_keeps_every_pixel(monkeypatch):
    """`exact` reduces nothing, however large."""
    monkeypatch.setattr(shrink, "REDUCED_ABOVE", 1000)
    picture = scene(201, 107)
    file = BytesIO()
    picture.save(file, "PNG")
    assert distance(decode(file.getvalue(), DecodeSpec(50, exact=True)).pixels, picture) == 0
