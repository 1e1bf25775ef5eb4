"""`framed.imaging.tiff`: what Pillow would log, blow up or get wrong is settled beforehand."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from framed.errors import Code, FramedError
from framed.imaging.decode import decode
from framed.photo import DecodeSpec
from tests.imaging.pictures import distance, encoded, scene

SUBFILE, PHOTOMETRIC = 254, 262


def _refusal(data, **limits):
    with pytest.raises(FramedError) as refused:
        decode(data, DecodeSpec(**limits))
    return refused.value.code


def _deep(values, **tags):
    return encoded(Image.fromarray(values), "TIFF", **tags)


def test_a_huge_tile_is_a_bomb():
    """A small picture in a huge tile is refused: the decoder would allocate the tile."""
    tile = {322: 60_000, 323: 60_000, 324: 8, 325: 100}
    data = _directory({256: 16, 257: 16, 258: 8, 259: 8, 262: 1, 277: 1, **tile})
    assert _refusal(data) is Code.TOO_MANY_PIXELS


def test_impossible_samples_are_damage(caplog):
    """A directory of countless samples per pixel is refused before Pillow logs an error."""
    assert _refusal(_directory({256: 16, 257: 16, 277: 2**30})) is Code.CORRUPT
    assert caplog.records == []


def _directory(tags):
    """A TIFF that is nothing but one directory of whole numbers."""
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)


def test_a_thumbnail_of_a_raw_file_is_not_the_photo():
    """A camera raw, whose first picture is a thumbnail, is refused rather than scored."""
    assert _refusal(encoded(scene(), "TIFF", tiffinfo={SUBFILE: 1})) is Code.UNSUPPORTED_FORMAT


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once(orientation):
    """Pillow turns a TIFF while loading; it is not turned again, and `applied` says so."""
    picture = scene()
    data = encoded(picture, "TIFF", tiffinfo={274: orientation})
    photo = decode(data, DecodeSpec())
    like = decode(encoded(picture, "PNG", exif=_exif(orientation)), DecodeSpec())
    assert np.array_equal(photo.pixels, like.pixels)
    assert photo.applied == like.applied


def _exif(orientation):
    block = Image.Exif()
    block[274] = orientation
    return block.tobytes()


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_16_bit_greys_in_either_byte_order(order):
    """A 16-bit grey is value / 257, rounded, whatever its byte order."""
    values = np.linspace(0, 65535, 64 * 64).astype(order).reshape(64, 64)
    photo = decode(_deep(values), DecodeSpec())
    assert photo.applied == ("grey16",)
    assert np.array_equal(photo.pixels[..., 0], np.rint(values / 257).astype(np.uint8))


def test_white_may_be_zero():
    """A 16-bit grey that stores white as 0 comes out the right way round."""
    values = np.zeros((8, 8), np.uint16)
    assert decode(_deep(values, tiffinfo={PHOTOMETRIC: 0}), DecodeSpec()).pixels.min() == 255


def test_greys_beyond_16_bits_are_refused():
    """32-bit greys above 65535 have no known white, so they are not scored."""
    values = np.full((8, 8), 70_000, np.int32)
    assert _refusal(_deep(values)) is Code.UNSUPPORTED_MODE


@pytest.mark.parametrize("kind", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_lossless_kinds_are_exact(kind):
    """Every lossless compression gives the very pixels back."""
    picture = scene()
    photo = decode(encoded(picture, "TIFF", compression=kind), DecodeSpec())
    assert distance(photo.pixels, picture) == 0
