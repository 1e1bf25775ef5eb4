"""`framed.imaging.header`: what a file says of itself, in figures that its cost follows from."""

from __future__ import annotations

import pytest
from PIL import Image

from framed.errors import Code, FramedError
from framed.imaging import shrink
from framed.imaging.header import read_header
from framed.photo import DecodeSpec
from tests.imaging.pictures import encoded, many_scans, scene


@pytest.mark.parametrize(
    ("subsampling", "mode", "samples"),
    [(0, "RGB", 3.0), (1, "RGB", 2.0), (2, "RGB", 1.5), (0, "L", 1.0), (0, "CMYK", 4.0)],
)
def test_the_samples_of_a_jpeg_are_counted(subsampling, mode, samples):
    """4:4:4, 4:2:2, 4:2:0, grey and CMYK, as the file's own factors say."""
    data = encoded(scene().convert(mode), "JPEG", subsampling=subsampling)
    header = read_header(data, DecodeSpec())
    assert (header.samples, header.scans, header.mode) == (samples, 1, mode)


def test_scans_are_told():
    """Those of a JPEG; every other format passes over its picture once."""
    assert read_header(many_scans(120), DecodeSpec()).scans == 120
    assert read_header(encoded(scene(), "PNG"), DecodeSpec()).scans == 1


@pytest.mark.parametrize(
    ("picture", "mode"),
    [(scene().convert("RGBA"), "RGBA"), (Image.new("I;16", (96, 64)), "I;16")],
)
def test_the_mode_is_pillows(picture, mode):
    """Depth and alpha show in it."""
    assert read_header(encoded(picture, "PNG"), DecodeSpec()).mode == mode


def test_what_is_decoded_and_what_is_kept(monkeypatch):
    """A JPEG is shrunk by its decoder; a large PNG is decoded whole, and less of it is kept."""
    monkeypatch.setattr(shrink, "REDUCED_ABOVE", 5000)
    spec = DecodeSpec(min_short_side=30)
    jpeg, png = (read_header(encoded(scene(), each), spec) for each in ("JPEG", "PNG"))
    assert (jpeg.stored_pixels, jpeg.decoded_pixels, jpeg.kept_pixels) == (6144, 1536, 1536)
    assert (png.stored_pixels, png.decoded_pixels, png.kept_pixels) == (6144, 6144, 1536)


@pytest.mark.parametrize("factors", [0x00, 0x10, 0x01, 0x51, 0xFF])
def test_sampling_that_jpeg_does_not_know_is_damage(factors):
    """None across or down, or more than four: no decoder takes it."""
    data = bytearray(encoded(scene(64, 48), "JPEG"))
    start = data.index(b"\xff\xc0") + 10  # the first component of the frame
    for component in range(3):
        data[start + 1 + 3 * component] = factors
    with pytest.raises(FramedError) as refused:
        read_header(bytes(data), DecodeSpec())
    assert refused.value.code is Code.CORRUPT
