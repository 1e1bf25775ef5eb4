"""`framed.imaging.decode`: the right picture, or the right refusal, for whatever comes."""

from __future__ import annotations

import hashlib
import logging

import numpy as np
import pytest

from framed.errors import Code, FramedError
from framed.imaging.decode import decode
from framed.imaging.header import read_header
from framed.photo import DecodeSpec
from tests.imaging.pictures import ODD, distance, encoded, manifest, scene
from tests.imaging.test_formats import FORMATS

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, on damaged EXIF

ROWS = manifest(ODD)
FOREIGN = (".ico", ".jp2", ".j2k")  # outside the allowlist: always free to be unsupported_format
ALSO_ALLOWED = {  # what the notes of the manifest allow beside the outcome
    "arithmetic.jpg": Code.UNSUPPORTED_FORMAT,
    "icc_zip_bomb.png": "ok",
    "photo.heic": Code.UNSUPPORTED_FORMAT,
    "pillow_avif_hopper.heif": Code.UNSUPPORTED_FORMAT,
    "rgb16.tif": Code.UNSUPPORTED_MODE,
    "truncated_last2.jpg": "ok",
}


def _outcome(data, reader):
    try:
        return "ok", reader(data, DecodeSpec())
    except FramedError as refused:
        return refused.code, None


def _allowed(row):
    outcomes = {row["reason"] if row["expected"] == "reject" else "ok"}
    if row["file"].endswith(FOREIGN):
        outcomes.add(Code.UNSUPPORTED_FORMAT)
    return outcomes | {ALSO_ALLOWED.get(row["file"])}


@pytest.mark.skipif(not ROWS, reason="shared/data/odd is not here")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_every_odd_file_has_its_outcome(row, caplog):
    """Each hostile file is decoded to its upright size or refused with its code, and quietly."""
    outcome, photo = _outcome((ODD / row["file"]).read_bytes(), decode)
    assert outcome in _allowed(row)
    if photo is not None and "upright_size" in row:
        assert photo.original_size == tuple(row["upright_size"])
        assert photo.pixels.shape[1::-1] == photo.original_size
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.skipif(not ROWS, reason="shared/data/odd is not here")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_the_header_agrees_with_the_picture(row):
    """What decodes has a header of its size; what the header refuses, decoding refuses alike."""
    data = (ODD / row["file"]).read_bytes()
    outcome, photo = _outcome(data, decode)
    header_outcome, header = _outcome(data, read_header)
    assert header_outcome in ("ok", outcome)
    if photo is not None:
        assert sorted((header.width, header.height)) == sorted(photo.original_size)
        assert header.kept_pixels == photo.pixels.size // 3


@pytest.mark.parametrize("format", FORMATS)
def test_a_photo_is_what_it_promises(format):
    """Pixels are contiguous uint8 [H, W, 3] like the picture; the rest is the file's own."""
    picture = scene()
    data = encoded(picture, format)
    photo = decode(data, DecodeSpec())
    assert (photo.pixels.dtype, photo.pixels.shape) == (np.uint8, (64, 96, 3))
    assert photo.pixels.flags.c_contiguous
    assert distance(photo.pixels, picture) < 15  # a GIF has 256 colours
    assert photo.original_size == (96, 64)
    assert photo.format == format
    assert photo.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_frame_counts(format):
    """Of several pictures in a file the first is taken, and the answer says so."""
    first, second = scene(seed=1), scene(seed=2).rotate(180)
    data = encoded(first, format, save_all=True, append_images=[second], lossless=True)
    photo = decode(data, DecodeSpec())
    assert "first_frame" in photo.applied
    assert distance(photo.pixels, first) < distance(photo.pixels, second) / 4


def test_damage_behind_the_first_frame_costs_nothing():
    """A GIF whose second picture is cut off still gives the first."""
    data = encoded(scene(seed=1), "GIF", save_all=True, append_images=[scene(seed=2)])
    alone = len(encoded(scene(seed=1), "GIF"))
    assert decode(data[: alone + 40], DecodeSpec()).original_size == (96, 64)
