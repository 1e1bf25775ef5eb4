"""`framed.imaging.regions`: the whole photo and its crops, as squares and as boxes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from framed.imaging.decode import decode
from framed.imaging.regions import region_box, regions_of, smallest_share
from framed.imaging.shrink import whole_box
from framed.imaging.views import make_views
from framed.photo import DecodeSpec, Photo, SquareSpec, ViewSpec
from tests.imaging.pictures import distance, encoded, exif, scene

MODES = ("grid", "saliency")
SPECS = [SquareSpec(32, mode, "bicubic") for mode in ("shortest", "longest", "squash")]


def photo_of(width: int = 300, height: int = 200) -> Photo:
    return decode(encoded(scene(width, height), "PNG"), DecodeSpec())


def test_nothing_asked_nothing_cut() -> None:
    """Without crops there are no regions, and a square is one square."""
    views = make_views(photo_of(), ViewSpec((SquareSpec(32),)))
    assert views.regions == ()
    assert views.squares[32].shape == (32, 32, 3)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(300, 200), (200, 300), (900, 100), (3, 2), (1, 1)])
def test_the_whole_comes_first(mode, size):
    """Then its crops, at most six regions in all and no two alike; a square a region."""
    views = make_views(photo_of(*size), ViewSpec((SquareSpec(32),), crops=mode))
    assert views.regions[0] == (0, 0, *size)
    assert len(set(views.regions)) == len(views.regions) <= 6
    assert views.squares[32].shape == (len(views.regions), 32, 32, 3)
    assert views.squares[32].dtype == np.uint8
    assert views.squares[32].flags.c_contiguous


def test_a_photo_too_small_to_cut_is_only_the_whole() -> None:
    """Nothing is cut from a square of 32 pixels."""
    assert regions_of(photo_of(32, 32), "grid") == ((0, 0, 32, 32),)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.resize_mode)
def test_the_first_square_is_the_one_without_crops(spec):
    """To the bit: the whole is looked at as ever."""
    plain = make_views(photo_of(), ViewSpec((spec,)))
    with_crops = make_views(photo_of(), ViewSpec((spec,), crops="grid"))
    assert np.array_equal(with_crops.squares[32][0], plain.squares[32])


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.resize_mode)
@pytest.mark.parametrize("mode", MODES)
def test_each_square_shows_what_its_box_says(spec, mode):
    """Cutting the box out of the photo and looking at that alone gives the same square."""
    photo = photo_of()
    views = make_views(photo, ViewSpec((spec,), crops=mode))
    for (x, y, width, height), square in zip(views.regions, views.squares[32], strict=True):
        part = np.ascontiguousarray(photo.pixels[y : y + height, x : x + width])
        alone = make_views(Photo(part, (width, height), "PNG", (), ""), ViewSpec((spec,)))
        assert distance(alone.squares[32], square) < 1.0  # pixels around the cut count a little


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_are_those_of_the_upright_photo(orientation):
    """However the file is stored and shrunk, a box holds the same part of the picture."""
    upright = scene(601, 403)
    file = encoded(_stored(upright, orientation), "JPEG", quality=95, exif=exif(orientation))
    photo = decode(file, DecodeSpec(min_short_side=150))
    assert photo.original_size == (601, 403)
    assert photo.pixels.shape[0] < 403
    views = make_views(photo, ViewSpec((SquareSpec(32),), crops="grid"))
    expected = make_views(
        Photo(np.asarray(upright), (601, 403), "PNG", (), ""),
        ViewSpec((SquareSpec(32),), crops="grid"),
    )
    assert views.regions == expected.regions
    for square, right in zip(views.squares[32], expected.squares[32], strict=True):
        assert distance(square, right) < 3.0


def _stored(upright: Image.Image, orientation: int) -> Image.Image:
    """The picture as a camera stores it that says `orientation`."""
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return upright.transpose(back[orientation]) if orientation in back else upright


def test_the_box_of_the_whole_is_the_whole() -> None:
    """Also where the whole ends within a pixel."""
    photo = decode(encoded(scene(601, 403), "JPEG"), DecodeSpec(min_short_side=150))
    whole = whole_box(photo)
    assert region_box((0, 0, 601, 403), photo.original_size, whole) == pytest.approx(whole)


@pytest.mark.parametrize("mode", MODES)
def test_no_crop_is_smaller_than_the_share(mode):
    """What decoding keeps enough pixels for is what is cut."""
    regions = regions_of(photo_of(900, 700), mode)
    assert min(region[2] for region in regions) >= round(smallest_share(mode) * 700)
    assert smallest_share("none") == 1
