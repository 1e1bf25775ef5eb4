"""`framed.imaging.shrink`: as much as the demands allow, and no more."""

from __future__ import annotations

import pytest

from framed.imaging.decode import decode
from framed.imaging.header import read_header
from framed.imaging.shrink import shrink_divisor
from framed.photo import DecodeSpec
from tests.imaging.pictures import distance, encoded, exif, scene


@pytest.mark.parametrize(
    ("size", "spec", "divisor"),
    [
        ((4000, 3000), DecodeSpec(), 1),
        ((4000, 3000), DecodeSpec(min_short_side=672), 4),
        ((4000, 3000), DecodeSpec(min_short_side=672, exact=True), 1),
        ((3000, 4000), DecodeSpec(min_short_side=672, min_long_side=1024), 2),
        ((4000, 3000), DecodeSpec(min_long_side=1024), 2),
        ((8000, 6000), DecodeSpec(min_short_side=672), 8),
        ((80_000, 60_000), DecodeSpec(min_short_side=672), 8),
        ((1342, 1342), DecodeSpec(min_short_side=672), 1),
        ((1343, 1343), DecodeSpec(min_short_side=672), 2),
        ((9000, 3), DecodeSpec(min_long_side=100), 2),
        ((5, 5), DecodeSpec(min_short_side=1), 4),
    ],
)
def test_the_largest_that_leaves_enough(size, spec, divisor):
    """The divisor is the largest at which both sides, rounded up, meet the demands."""
    assert shrink_divisor(*size, spec) == divisor


@pytest.mark.parametrize("size", [(400, 304), (401, 307), (307, 401), (333, 999)])
@pytest.mark.parametrize("demand", [300, 100, 60, 40, 1])
def test_pillow_shrinks_as_asked(size, demand):
    """The decoded size is the one that the divisor promises, odd sides included."""
    spec = DecodeSpec(min_short_side=demand)
    divisor = shrink_divisor(*size, spec)
    photo = decode(encoded(scene(*size), "JPEG"), spec)
    assert photo.pixels.shape[1::-1] == tuple(-(-side // divisor) for side in size)
    assert photo.original_size == size
    assert photo.applied == (() if divisor == 1 else (f"shrink:{divisor}",))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_shrunk_picture_is_the_same_picture(mode, progressive):
    """Shrunk on load, a picture of any kind is close to its reduced original."""
    picture = scene(400, 304).convert(mode)
    data = encoded(picture, "JPEG", quality=95, progressive=progressive)
    photo = decode(data, DecodeSpec(min_short_side=76))
    assert "shrink:4" in photo.applied
    assert distance(photo.pixels, picture.convert("RGB").reduce(4)) < 2


def test_the_original_size_is_upright():
    """A shrunk photo on its side reports the whole upright size."""
    data = encoded(scene(400, 304), "JPEG", exif=exif(6))
    photo = decode(data, DecodeSpec(min_short_side=76))
    assert photo.original_size == (304, 400)
    assert photo.pixels.shape == (100, 76, 3)
    assert photo.applied == ("shrink:4", "orientation:6")


def test_the_header_counts_what_will_be_allocated():
    """The header's pixels are those after shrinking, its size that before."""
    header = read_header(encoded(scene(400, 304), "JPEG"), DecodeSpec(min_short_side=76))
    assert (header.format, header.width, header.height) == ("JPEG", 400, 304)
    assert header.decoded_pixels == header.kept_pixels == 100 * 76


def test_ordinary_pictures_of_other_formats_keep_their_pixels():
    """Up to 16 megapixels only a JPEG comes out smaller, whatever is demanded."""
    spec = DecodeSpec(min_short_side=10)
    data = encoded(scene(400, 304), "PNG")
    assert decode(data, spec).pixels.shape == (304, 400, 3)
    assert read_header(data, spec).decoded_pixels == 400 * 304
