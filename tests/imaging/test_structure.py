"""`framed.imaging.structure`: what would cost too much is known before anything is decoded."""

from __future__ import annotations

import struct
import zlib

import pytest
from PIL import Image

from framed.errors import Code, FramedError
from framed.imaging.header import read_header
from framed.imaging.structure import (
    FEW_SCANS,
    MAX_PIECES,
    MAX_SCANNED_PIXELS,
    MAX_SCANS,
    check_pieces,
    check_scanned,
    count_scans,
)
from framed.photo import DecodeSpec
from tests.imaging.pictures import encoded, many_scans, scene

BASELINE = encoded(scene(), "JPEG")
PROGRESSIVE = encoded(scene(), "JPEG", progressive=True)


def _segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def _after_start(data: bytes, *pieces: bytes) -> bytes:
    return data[:2] + b"".join(pieces) + data[2:]


def _code(check, *args):
    with pytest.raises(FramedError) as refused:
        check(*args)
    return refused.value.code


@pytest.mark.parametrize(
    ("data", "scans"),
    [(BASELINE, 1), (PROGRESSIVE, 10), (many_scans(FEW_SCANS + 1), 17), (many_scans(150), 150)],
    ids=["baseline", "progressive", "a few more", "many"],
)
def test_scans_are_counted(data, scans):
    """One of a baseline JPEG, ten of Pillow's progressive ones, and of others as many as there
    are."""
    assert count_scans(data) == scans


def test_a_scan_of_a_thumbnail_is_none():
    """What segments hold is no scan of the picture, be it few marks or many."""
    thumbnail = _segment(0xE1, b"Exif\0\0" + b"\xff\xda" * 9000)
    assert count_scans(_after_start(BASELINE, thumbnail)) == 1
    assert count_scans(_after_start(many_scans(60), thumbnail)) == 60


def test_scans_of_a_second_picture_are_none_of_the_first():
    """A JPEG ends where it says so; what follows is another picture."""
    assert count_scans(many_scans(100) + many_scans(150)) == 100


@pytest.mark.parametrize("scans", [MAX_SCANS, MAX_SCANS + 1])
def test_more_scans_than_any_photo_has_are_refused(scans):
    """At the limit a JPEG is served, one scan above it is refused by its header."""
    data = many_scans(scans)
    if scans == MAX_SCANS:
        assert read_header(data, DecodeSpec()).scans == scans
    else:
        assert _code(read_header, data, DecodeSpec()) is Code.CORRUPT


def test_scans_and_pixels_are_bounded_together():
    """What is allowed for a small picture is too much for a large one."""
    check_scanned(10, MAX_SCANNED_PIXELS // 10)
    assert _code(check_scanned, 10, MAX_SCANNED_PIXELS // 10 + 1) is Code.TOO_MANY_PIXELS


def test_segments_are_bounded():
    """A JPEG may have as many segments as any profile or metadata take, and no millions."""
    check_pieces(_after_start(BASELINE, *[_segment(0xE5, b"")] * (MAX_PIECES - 50)), "JPEG")
    crowded = _after_start(BASELINE, *[_segment(0xE5, b"")] * MAX_PIECES)
    assert _code(read_header, crowded, DecodeSpec()) is Code.CORRUPT


def test_chunks_are_bounded():
    """The same of a PNG's chunks before its pixels."""
    data = encoded(scene(), "PNG")
    chunk = struct.pack(">I", 0) + b"teSt" + struct.pack(">I", zlib.crc32(b"teSt"))
    start = 8 + 25
    check_pieces(data[:start] + chunk * (MAX_PIECES - 50) + data[start:], "PNG")
    crowded = data[:start] + chunk * MAX_PIECES + data[start:]
    assert _code(read_header, crowded, DecodeSpec()) is Code.CORRUPT


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff", b"\xff" * 40, BASELINE[:30]])
def test_fragments_end(data):
    """Whatever is left of a file, counting comes to an end without an error."""
    assert count_scans(data) <= 1
    for format in ("JPEG", "PNG", "GIF"):
        check_pieces(data, format)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 1}])
def test_what_pillow_writes_is_within_bounds(options):
    """Ordinary files of every kind pass."""
    data = encoded(Image.effect_noise((400, 300), 80), "JPEG", quality=98, **options)
    assert read_header(data, DecodeSpec()).scans <= 10
