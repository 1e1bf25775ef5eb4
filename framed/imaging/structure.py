"""What a file's own structure costs before or while its pixels are decoded; judged without them.

A few hundred bytes can ask for minutes of work: a JPEG may pass over all of its pixels once a scan,
and a header may hold more pieces than a plugin reads in a second. No encoder of photos comes near
these bounds, so what passes them is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from framed.errors import Code, FramedError
from framed.imaging.formats import Format

MAX_SCANS = 200  # photos have 1, progressive ones about 10, the most thorough optimisers some 60
MAX_SCANNED_PIXELS = 2_000_000_000  # scans x pixels: the largest photo, twice over
MAX_PIECES = 10_000  # segments or chunks; the longest colour profile takes 255
FEW_SCANS = 16  # as many marks need no closer look: every limit holds for them

_SOS, _EOI = 0xDA, 0xD9
_SCAN = b"\xff\xda"
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")  # restarts are part of the coded pixels
_BARE = frozenset({0x01, 0xD8})  # TEM and SOI carry nothing


def check_pieces(data: bytes, format: Format) -> None:
    """Refuses (`corrupt`) a JPEG or PNG with more pieces before its pixels than are ever read."""
    if format == "JPEG":
        before = _until_scan(data)
    elif format == "PNG":
        before = _until_pixels(data)
    else:
        return
    if next(islice(before, MAX_PIECES, None), None) is not None:
        raise FramedError(
            Code.CORRUPT,
            f"The {format} file has more than {MAX_PIECES} pieces before its picture; send it "
            "saved anew, without metadata.",
        )


def count_scans(data: bytes) -> int:
    """How often a JPEG passes over its picture; exact above `FEW_SCANS`, never too small.

    Raises `FramedError` `corrupt` above `MAX_SCANS`, or where so many markers stand between scans.
    """
    first = next((at for marker, at in _markers(data) if marker == _SOS), 0)
    marks = data.count(_SCAN, max(0, first - len(_SCAN)))  # without those of a thumbnail before
    if marks <= FEW_SCANS:
        return marks
    scans = 0
    for pieces, (marker, _) in enumerate(_markers(data)):
        scans += marker == _SOS
        if scans > MAX_SCANS or pieces > MAX_PIECES:
            raise FramedError(
                Code.CORRUPT,
                f"The JPEG file has more than {MAX_SCANS} scans, which no photo needs; send it "
                "saved anew.",
            )
    return scans


def check_scanned(scans: int, pixels: int) -> None:
    """Refuses (`too_many_pixels`) more passes over more pixels than a decode may take."""
    if scans * pixels > MAX_SCANNED_PIXELS:
        raise FramedError(
            Code.TOO_MANY_PIXELS,
            f"The picture has {pixels / 1e6:.0f} megapixels in {scans} scans; send a smaller one, "
            "or one that is not progressive.",
        )


def _markers(data: bytes) -> Iterator[tuple[int, int]]:
    """The markers of a JPEG's first picture as a decoder meets them, and where their content lies.

    What segments hold is skipped, so that a thumbnail's scans are not counted.
    """
    at = 2
    while (found := _MARKER.search(data, at)) and (marker := found[1][0]) != _EOI:
        at = found.end()
        if marker not in _BARE:
            yield marker, at
            at += int.from_bytes(data[at : at + 2], "big")


def _until_scan(data: bytes) -> Iterator[int]:
    for marker, at in _markers(data):
        if marker == _SOS:
            return
        yield at


def _until_pixels(data: bytes) -> Iterator[int]:
    at = 8
    while at + 8 <= len(data) and data[at + 4 : at + 8] != b"IDAT":
        yield at
        at += 12 + int.from_bytes(data[at : at + 4], "big")
