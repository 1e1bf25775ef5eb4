"""`framed.imaging.orientation`: every orientation is undone, and no bad EXIF rejects a photo."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from framed.imaging.decode import decode
from framed.imaging.orientation import read_orientation
from framed.photo import DecodeSpec
from tests.imaging.pictures import (
    ORIENTATION,
    distance,
    encoded,
    exif,
    manifest,
    scene,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, on damaged EXIF

ROWS = manifest(ORIENTATION)


@pytest.mark.skipif(not ROWS, reason="shared/data/orientation is not here")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_the_reference_pictures_stand_upright(row):
    """Each PNG equals its upright reference exactly, each JPEG within 3.2 levels on average."""
    photo = decode((ORIENTATION / row["file"]).read_bytes(), DecodeSpec())
    upright = np.asarray(Image.open(ORIENTATION / row["upright_reference"]).convert("RGB"))
    assert photo.original_size == upright.shape[1::-1]
    assert distance(photo.pixels, upright) <= (0 if row["file"].endswith(".png") else 3.2)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_turns_as_pillow_turns(format, orientation):
    """A self-made file of each orientation is turned as Pillow's own transpose turns it."""
    data = encoded(scene(), format, exif=exif(orientation), lossless=True)
    photo = decode(data, DecodeSpec())
    turned = scene()
    turned.getexif()[274] = orientation
    assert distance(photo.pixels, ImageOps.exif_transpose(turned)) == 0
    assert photo.applied == (() if orientation == 1 else (f"orientation:{orientation}",))


@pytest.mark.parametrize("format", ["AVIF", "HEIC"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_formats_with_turns_of_their_own_turn_once(format, orientation):
    """AVIF and HEIC keep a turn of their own beside the EXIF; it is done once, not twice."""
    picture = scene()
    photo = decode(encoded(picture, format, exif=exif(orientation), quality=95), DecodeSpec())
    like = decode(encoded(picture, "PNG", exif=exif(orientation)), DecodeSpec())
    assert photo.original_size == like.original_size
    assert distance(photo.pixels, like.pixels) < 6


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_invalid_orientations_count_as_upright(orientation):
    """An orientation outside 1..8 leaves the picture as it is."""
    photo = decode(encoded(scene(), "PNG", exif=exif(orientation)), DecodeSpec())
    assert distance(photo.pixels, scene()) == 0


@pytest.mark.parametrize(
    "block", [b"Exif\0\0", b"Exif\0\0MM", b"Exif\0\0nonsense" * 9, exif(6)[:-9]]
)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIC"])
def test_bad_exif_rejects_nothing(format, block):
    """A damaged EXIF block costs the photo nothing."""
    photo = decode(encoded(scene(), format, exif=block), DecodeSpec())
    assert photo.original_size == (96, 64)


def test_bad_exif_rejects_no_avif():
    """An AVIF whose EXIF is damaged opens too, although its decoder would refuse it."""
    block = Image.Exif()
    block[270] = "a description"
    data = encoded(scene(), "AVIF", exif=block.tobytes())
    assert b"MM\0*\0\0\0\x08" in data
    photo = decode(data.replace(b"MM\0*\0\0\0\x08", b"nonsense"), DecodeSpec())
    assert photo.original_size == (96, 64)


def test_no_exif_is_upright():
    """A picture that says nothing is upright."""
    assert read_orientation(scene()) == 1
