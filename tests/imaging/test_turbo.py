"""`framed.imaging.turbo`: the same pixels as by Pillow, bit for bit, or others are asked."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, ImageOps

from framed.errors import FramedError
from framed.imaging.decode import decode
from framed.imaging.turbo import is_ordinary, upright_pixels
from framed.photo import DecodeSpec
from tests.imaging.pictures import PHOTOS, encoded, scene


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="shared/data/photos is not here")
@pytest.mark.parametrize("divisor", [1, 2, 4, 8])
def test_equals_pillow(divisor: int) -> None:
    """Every ordinary photo at every divisor."""
    for path in sorted(PHOTOS.glob("*.jpg"))[:12]:
        data = path.read_bytes()
        image = opened(data)
        if not is_ordinary(image):  # type: ignore[arg-type]
            continue
        size = image.size
        if divisor > 1:
            image.draft(None, (size[0] // divisor, size[1] // divisor))
        pixels = upright_pixels(data, size, divisor, 1)
        assert pixels is not None
        assert np.array_equal(pixels, np.asarray(image)), path.name


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_comes_upright(orientation: int) -> None:
    """Turned as its EXIF orientation says."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    data = encoded(scene(67, 41), "JPEG", quality=95, exif=exif)
    pixels = upright_pixels(data, (67, 41), 1, orientation)
    assert pixels is not None
    assert pixels.flags.c_contiguous
    assert np.array_equal(pixels, np.asarray(ImageOps.exif_transpose(opened(data))))


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_colours_go_another_way(mode: str) -> None:
    """Grey and four-coloured JPEGs are Pillow's."""
    assert not is_ordinary(opened(encoded(scene().convert(mode), "JPEG")))  # type: ignore[arg-type]


def test_a_profile_that_matters_goes_another_way() -> None:
    """One that says no more than sRGB does not."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = opened(encoded(scene(), "JPEG", icc_profile=srgb))
    assert is_ordinary(same)  # type: ignore[arg-type]


def test_a_file_that_ends_early_is_refused_as_ever() -> None:
    """Nothing is made up for what is missing: it is left to whom can say what is wrong."""
    data = encoded(scene(400, 300), "JPEG")
    cut = data[: len(data) * 2 // 3]
    assert upright_pixels(cut, (400, 300), 1, 1) is None
    with pytest.raises(FramedError) as refused:
        decode(cut, DecodeSpec())
    assert refused.value.code.value == "truncated"
