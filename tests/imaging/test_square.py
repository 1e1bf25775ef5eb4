"""`framed.imaging.square`: the model sees what its own transform would have shown it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageFilter

from framed.imaging.decode import decode
from framed.imaging.prepare import prepare
from framed.imaging.square import model_square
from framed.photo import DecodeSpec, SquareSpec, ViewSpec
from tests.imaging.pictures import PHOTOS, distance, scene

SIZES = [(96, 64), (64, 97), (321, 200), (224, 224), (225, 224), (640, 427), (1000, 37), (40, 30)]
STRIPS = [(3000, 7), (2, 301), (1, 1)]
ODD = [*((width, 64) for width in range(65, 96, 3)), (64, 75), (300, 299), *STRIPS]
MODES = ["shortest", "squash", "longest"]
FILTERS = ["bicubic", "bilinear"]


def _square(picture, spec):
    return model_square(np.asarray(picture), spec, picture.size, (0, 0, *picture.size))


def _open_clip(picture, spec):
    transform = pytest.importorskip("open_clip.transform")
    preprocess = transform.PreprocessCfg(
        size=spec.size,
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        interpolation=spec.interpolation,
        resize_mode=spec.resize_mode,
        fill_color=spec.fill[0],
    )
    tensor = transform.image_transform_v2(preprocess, is_train=False)(picture)
    return (tensor.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)


def _differences(picture, spec):
    ours = np.asarray(_square(picture, spec)).astype(int)
    return np.abs(ours - _open_clip(picture, spec))


@pytest.mark.parametrize("interpolation", FILTERS)
@pytest.mark.parametrize("resize_mode", MODES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_equals_open_clip(size, resize_mode, interpolation):
    """Whatever the shape, mode and filter: open_clip's own pixels, within rounding."""
    spec = SquareSpec(56, resize_mode, interpolation, (9, 9, 9))
    assert _differences(scene(*size), spec).max() <= 1


def _transformers(form, picture, spec):
    processors = pytest.importorskip("transformers.models.clip")
    processor = getattr(processors, form)(
        size={"shortest_edge": spec.size},
        crop_size=spec.size,
        resample={"bilinear": 2, "bicubic": 3}[spec.interpolation],
        do_rescale=False,
        do_normalize=False,
    )
    return processor(picture, return_tensors="np")["pixel_values"][0].transpose(1, 2, 0)


@pytest.mark.parametrize("form", ["CLIPImageProcessor", "CLIPImageProcessorPil"])
@pytest.mark.parametrize("interpolation", FILTERS)
@pytest.mark.parametrize("side", [55, 56])
def test_equals_transformers(side, interpolation, form):
    """Odd margins, strips and single pixels: the library's own, by torch and by Pillow, within
    rounding; a crop that is one pixel off differs by tens of levels."""
    spec = SquareSpec(side, "shortest_floor", interpolation)
    for size in (*SIZES, *ODD):
        ours = np.asarray(_square(scene(*size), spec)).astype(int)
        differences = np.abs(ours - _transformers(form, scene(*size), spec))
        assert differences.max() <= 2, size
        assert differences.mean() < 0.3, size


def test_libraries_halve_an_odd_margin_otherwise():
    """A margin of 3 is 2 + 1 in torchvision, 1 + 2 in transformers; one of 5 is 2 + 3 in both."""
    for width, equal in [(59, False), (61, True)]:
        specs = SquareSpec(56, "shortest"), SquareSpec(56, "shortest_floor")
        squares = [_square(scene(width, 56), spec) for spec in specs]
        assert (distance(*squares) == 0) is equal


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="shared/data/photos is not here")
@pytest.mark.parametrize("size", [224, 336])
@pytest.mark.parametrize("name", ["cat", "lighthouse", "temple", "storm_road"])
def test_equals_open_clip_on_photos(name, size):
    """Real photos at the models' real sizes agree within 1 level, and nearly everywhere exactly."""
    photo = decode((PHOTOS / f"{name}.jpg").read_bytes(), DecodeSpec())
    differences = _differences(Image.fromarray(photo.pixels), SquareSpec(size))
    assert differences.max() <= 1
    assert differences.mean() < 0.02


@pytest.mark.parametrize("side", range(1, 400, 7))
def test_no_box_leaves_the_picture(side):
    """No rounding of the box asks for pixels beyond the edge, whatever the sides."""
    for size in [(side, 61), (61, side)]:
        assert _square(Image.new("RGB", size), SquareSpec(56)).shape == (56, 56, 3)


def test_shortest_is_resize_then_crop():
    """One resize of the exact box equals the usual two steps."""
    picture = scene(301, 200)
    whole = picture.resize((84, 56), Image.Resampling.BICUBIC)
    assert distance(_square(picture, SquareSpec(56)), whole.crop((14, 0, 70, 56))) < 0.02


@pytest.mark.parametrize("size", [(3000, 2), (2, 3000), (1, 1)])
@pytest.mark.parametrize("resize_mode", MODES)
def test_extreme_shapes_have_a_square(size, resize_mode):
    """Strips and single pixels give a square as well."""
    square = _square(scene(*size), SquareSpec(32, resize_mode))
    assert (square.dtype, square.shape) == (np.uint8, (32, 32, 3))


def test_the_rest_is_filled():
    """ "longest" keeps the proportions and fills the rest with its colour."""
    square = np.asarray(_square(scene(64, 32), SquareSpec(32, "longest", fill=(1, 2, 3))))
    assert (square[:8] == (1, 2, 3)).all()
    assert (square[24:] == (1, 2, 3)).all()
    assert distance(square[8:24], scene(64, 32).resize((32, 16), Image.Resampling.BICUBIC)) == 0


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(1601, 1203), (1606, 1201), (1207, 1602)])
def test_shrink_on_load_moves_nothing(size, orientation):
    """Sides that no divisor divides, turned any way: the shrunk photo gives the same square.

    A box that is half a pixel off, or a crop decided on the shrunk size, differs by tens of levels.
    """
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = io.BytesIO()
    scene(*size).filter(ImageFilter.GaussianBlur(4)).save(file, "JPEG", quality=95, exif=exif)
    whole, shrunk = (
        prepare(file.getvalue(), spec, ViewSpec((SquareSpec(100),))).views.squares[100].astype(int)
        for spec in (DecodeSpec(exact=True), DecodeSpec(min_short_side=300))
    )
    assert np.abs(whole - shrunk).max() <= 3
