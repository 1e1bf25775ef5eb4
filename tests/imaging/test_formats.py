"""`framed.imaging.formats`: bytes are known by their content, and refused by name."""

from __future__ import annotations

import pytest

from framed.errors import Code, FramedError
from framed.imaging.formats import sniff
from tests.imaging.pictures import encoded, scene

FORMATS = ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF", "HEIC"]


@pytest.mark.parametrize("format", FORMATS)
def test_knows_each_accepted_format(format):
    """A file of each accepted format is known from its bytes."""
    assert sniff(encoded(scene(), format)) == format


@pytest.mark.parametrize("options", [{}, {"big_tiff": True}], ids=["classic", "big"])
def test_knows_both_kinds_of_tiff(options):
    """Classic TIFF and BigTIFF are both TIFF."""
    assert sniff(encoded(scene(), "TIFF", **options)) == "TIFF"


@pytest.mark.parametrize(
    ("brands", "format"),
    [
        (b"mif1\0\0\0\0mif1avif", "AVIF"),
        (b"mif1\0\0\0\0mif1heic", "HEIC"),
        (b"heix\0\0\0\0", "HEIC"),
        (b"avis\0\0\0\0avifmsf1", "AVIF"),
    ],
)
def test_tells_avif_from_heic_by_all_brands(brands, format):
    """The brands behind the first decide where the first is shared by both."""
    data = (len(brands) + 8).to_bytes(4, "big") + b"ftyp" + brands
    assert sniff(data) == format


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", Code.EMPTY),
        (b"\xff", Code.NOT_AN_IMAGE),
        (b"\xff\xd8", Code.NOT_AN_IMAGE),
        (b"BMW is a make of car, and this is a text about it.", Code.NOT_AN_IMAGE),
        (b"<!doctype html><svg></svg>", Code.NOT_AN_IMAGE),
        (b"\0" * 4096, Code.NOT_AN_IMAGE),
        (b"PK\x03\x04", Code.NOT_AN_IMAGE),
        (b"%PDF-1.7", Code.UNSUPPORTED_FORMAT),
        (b"\xef\xbb\xbf <?xml version='1.0'?><svg/>", Code.UNSUPPORTED_FORMAT),
        (b"8BPS\0\1", Code.UNSUPPORTED_FORMAT),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isom", Code.UNSUPPORTED_FORMAT),
        (b"II*\0\x10\0\0\0CR\x02\0", Code.UNSUPPORTED_FORMAT),
    ],
    ids=lambda value: repr(value[:12]) if isinstance(value, bytes) else str(value),
)
def test_names_what_is_not_accepted(data, code):
    """Nothing, text and foreign formats are each refused with their own code."""
    with pytest.raises(FramedError) as refused:
        sniff(data)
    assert refused.value.code is code
