"""`framed.imaging.colour`: every kind of pixel ends as the same sRGB picture on white."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageCms

from framed.errors import Code, FramedError
from framed.imaging.colour import to_srgb
from framed.imaging.decode import decode
from framed.photo import DecodeSpec
from tests.imaging.pictures import ODD, distance, encoded, scene

needs_odd = pytest.mark.skipif(not ODD.is_dir(), reason="shared/data/odd is not here")


def _odd(name):
    return decode((ODD / name).read_bytes(), DecodeSpec())


def _lab_profile():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def _srgb_profile():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@needs_odd
@pytest.mark.parametrize(
    ("name", "managed"),
    [("icc_adobergb.jpg", 1.7), ("icc_displayp3.jpg", 1.8), ("icc_prophoto.jpg", 1.9)],
)
def test_wide_colours_come_home(name, managed):
    """A profile is honoured: the difference to the sRGB original is the manifest's."""
    photo = _odd(name)
    assert distance(photo.pixels, _odd("lossless.webp").pixels) <= managed + 0.1
    assert "icc" in photo.applied


@needs_odd
def test_a_broken_profile_counts_as_none():
    """Garbage for a profile changes nothing and rejects nothing."""
    photo = _odd("icc_broken.jpg")
    assert photo.applied == ()
    assert distance(photo.pixels, _odd("baseline.jpg").pixels) < 0.5


@needs_odd
def test_16_bit_grey_is_scaled_not_clipped():
    """A 16-bit grey has the mean of its 8-bit twin, within 1 level."""
    assert abs(_odd("grey16.png").pixels.mean() - _odd("grey.jpg").pixels.mean()) < 1


@needs_odd
def test_16_bit_colours_are_scaled():
    """16-bit RGB, PNG and TIFF, shows the picture of the lossless reference."""
    reference = _odd("lossless.webp").pixels
    assert distance(_odd("rgb16.png").pixels, reference) < 1
    assert distance(_odd("rgb16.tif").pixels, reference) < 1


@needs_odd
def test_cmyk_keeps_its_greys():
    """A CMYK JPEG has the mean grey of its RGB twin, within 2 levels."""
    grey = [0.299, 0.587, 0.114]
    difference = (_odd("cmyk.jpg").pixels @ grey).mean() - (
        _odd("baseline.jpg").pixels @ grey
    ).mean()
    assert abs(difference) < 2


@pytest.mark.parametrize(
    ("profile", "why"),
    [(_srgb_profile(), "sRGB itself"), (_lab_profile(), "of another space"), (b"x", "broken")],
    ids=["srgb", "lab", "broken"],
)
def test_profiles_that_change_nothing(profile, why):
    """A profile that is sRGB, does not fit the pixels or is broken leaves every pixel alone."""
    picture = scene()
    photo = decode(encoded(picture, "PNG", icc_profile=profile), DecodeSpec())
    assert distance(photo.pixels, picture) == 0, why
    assert photo.applied == ()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_shows_white(mode):
    """Where a picture is clear it is white, whatever colour hides beneath; else it is itself."""
    hidden = Image.new("RGBA", (4, 2), (200, 200, 200, 255))
    hidden.paste((0, 0, 0, 0), (0, 0, 2, 2))
    flat, done = to_srgb(hidden.convert(mode))
    pixels = np.asarray(flat)
    assert (pixels[:, :2] == 255).all()
    assert np.abs(pixels[:, 2:].astype(int) - 200).max() <= 1
    assert done[-1] == "alpha"


def test_half_transparency_blends():
    """Alpha weighs colour against white: black at 50 % is middle grey."""
    flat, _ = to_srgb(Image.new("RGBA", (2, 2), (0, 0, 0, 128)))
    assert set(np.asarray(flat).ravel().tolist()) == {127}


def test_opaque_alpha_is_no_step():
    """An alpha channel that hides nothing changes nothing and is not named."""
    picture = scene()
    flat, done = to_srgb(picture.convert("RGBA"))
    assert distance(flat, picture) == 0
    assert done == ()


def test_a_16_bit_grey_may_name_one_clear_value():
    """The transparent value of a 16-bit grey PNG is white; its neighbours are not."""
    values = np.full((2, 2), 1000, np.uint16)
    values[0, 0] = 1001
    picture = Image.fromarray(values)
    picture.info["transparency"] = 1000
    flat, done = to_srgb(picture)
    assert np.asarray(flat)[..., 0].tolist() == [[4, 255], [255, 255]]
    assert done == ("grey16", "alpha")


@pytest.mark.parametrize("mode", ["F", "LAB", "HSV"])
def test_pixels_without_a_sure_meaning_are_refused(mode):
    """Float and Lab pixels are refused, never guessed."""
    with pytest.raises(FramedError) as refused:
        to_srgb(Image.new(mode, (2, 2)))
    assert refused.value.code is Code.UNSUPPORTED_MODE


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16"])
def test_every_mode_ends_as_rgb(mode):
    """What is accepted ends as RGB of the same size."""
    picture = Image.new("I;16", (5, 3)) if mode == "I;16" else scene(5, 3).convert(mode)
    flat, _ = to_srgb(picture)
    assert (flat.mode, flat.size) == ("RGB", (5, 3))
