"""`framed.imaging.opening`: limits hold before a pixel is decoded, and only the format is tried."""

from __future__ import annotations

import struct
import zlib

import pytest
from PIL import Image

from framed.errors import Code, FramedError
from framed.imaging.formats import sniff
from framed.imaging.opening import has_more_frames, open_header
from framed.photo import DecodeSpec
from tests.imaging.pictures import encoded, scene
from tests.imaging.test_formats import FORMATS


def _png_header(width, height):
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT"


@pytest.mark.parametrize("format", FORMATS)
def test_pixels_are_counted_from_the_header(format):
    """One pixel over the limit is refused in every format, at the limit it is not."""
    data = encoded(scene(96, 64), format)
    assert open_header(data, format, DecodeSpec(max_pixels=96 * 64)).size == (96, 64)
    with pytest.raises(FramedError) as refused:
        open_header(data, format, DecodeSpec(max_pixels=96 * 64 - 1))
    assert refused.value.code is Code.TOO_MANY_PIXELS


@pytest.mark.parametrize("format", FORMATS)
def test_sides_are_limited(format):
    """A side over the limit is refused as a side, when the count of pixels is fine."""
    with pytest.raises(FramedError) as refused:
        open_header(encoded(scene(96, 64), format), format, DecodeSpec(max_side=95))
    assert refused.value.code is Code.BAD_DIMENSIONS


@pytest.mark.parametrize(
    ("size", "code"),
    [
        ((50_000, 50_000), Code.TOO_MANY_PIXELS),
        ((2_000_000, 1), Code.BAD_DIMENSIONS),
        ((4_000_000_000, 64), Code.TOO_MANY_PIXELS),  # both are wrong: the count is named
    ],
)
def test_bombs_end_at_the_header(size, code):
    """A header that claims too much is refused though no data follow it."""
    with pytest.raises(FramedError) as refused:
        open_header(_png_header(*size), "PNG", DecodeSpec())
    assert refused.value.code is code


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_more_frames_are_noticed(format):
    """A file of two pictures says so, a file of one does not."""
    one, two = scene(seed=1), scene(seed=2)
    many = encoded(one, format, save_all=True, append_images=[two])
    assert has_more_frames(many, sniff(many))
    assert not has_more_frames(encoded(one, format), sniff(many))


def test_nothing_is_registered():
    """Opening a HEIC does not add its decoder to Pillow for the whole process."""
    before = set(Image.OPEN)
    open_header(encoded(scene(), "HEIC"), "HEIC", DecodeSpec())
    assert set(Image.OPEN) == before
