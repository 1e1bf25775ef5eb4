"""What decoding a picture will take, from its header: memory at its peak, and whether it may last.

Figures are bounds measured with Pillow's decoders, on the safe side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from framed.imaging.formats import Format
from framed.imaging.header import Header, read_header
from framed.imaging.strips import IN_STRIPS_ABOVE, STRIP_PIXELS
from framed.photo import DecodeSpec

_BYTES: Mapping[str, int] = {"1": 1, "L": 1, "P": 1, **dict.fromkeys(("I;16", "I;16B"), 2)}
_WIDEST = 4  # bytes a pixel of every other mode of Pillow
_DECODER_BYTES: Mapping[Format, int] = {  # a stored pixel, beside the picture that is handed over
    "WEBP": 16,  # two canvases, one more for the first frame, one as Python bytes
    "AVIF": 12,  # planes of up to 16 bits, and the picture as RGBA and as Python bytes
    "HEIC": 12,
    "GIF": 4,
}
_TIFF_PICTURES = 2  # beside it, as wide: a strip may be the whole picture; turning makes another
_COEFFICIENT_BYTES = 2  # a sample; all are held where a JPEG has several scans
_CONVERTING = 20  # bytes a pixel while its colours are converted: alpha, RGB twice, the page
_KEPT = 3  # bytes a pixel of the `Photo`
_VIEWING = 8  # bytes a pixel of it while views are cut: itself, turned, and bands of it as floats
_COPIES = 3  # of the file's bytes

_LONG_PIXELS: Mapping[Format, int] = {"AVIF": 4_000_000, "HEIC": 4_000_000, "TIFF": 1_000_000}
_LONG = 8_000_000  # decoded pixels of any other format: a third of a second and more
_LONG_SCANNED = 100_000_000  # stored pixels x scans of a JPEG
_LONG_FILE = 2 * 2**20  # bytes of a GIF, which is read in pieces of 255 bytes and fewer
_MANY_PIECES = 2_000  # of coded pixels in a PNG


@dataclass(frozen=True)
class Cost:
    """`memory` in bytes at the peak; `may_last`: longer than an ordinary photo's few hundredths of
    a second."""

    memory: int
    may_last: bool


def judge(data: bytes, spec: DecodeSpec) -> Cost:
    """What a file would cost; raises what `read_header` raises."""
    header = read_header(data, spec.to_compare())
    return Cost(peak_bytes(header), may_last(header, data))


def peak_bytes(header: Header) -> int:
    """The most that decoding and viewing the picture hold at once, in bytes."""
    decoded = header.decoded_pixels * _BYTES.get(header.mode, _WIDEST)
    own = header.stored_pixels * _DECODER_BYTES.get(header.format, 0)
    if header.format == "TIFF":
        own = decoded * _TIFF_PICTURES
    if header.scans > 1:
        own += round(header.stored_pixels * header.samples * _COEFFICIENT_BYTES)
    whole = header.decoded_pixels <= IN_STRIPS_ABOVE
    converting = _CONVERTING * (header.decoded_pixels if whole else STRIP_PIXELS)
    decoding = decoded + max(own, converting + header.kept_pixels * _KEPT)
    return max(decoding, header.kept_pixels * _VIEWING) + _COPIES * header.file_bytes


def may_last(header: Header, data: bytes) -> bool:
    """Whether the picture is to be decoded where it can be ended.

    The decoders of some formats have more ways to be slow than a picture's size tells, so that of
    them only small ones count as ordinary.
    """
    if header.decoded_pixels > _LONG_PIXELS.get(header.format, _LONG):
        return True
    if header.format == "JPEG":
        return header.scans > 1 and header.scans * header.stored_pixels > _LONG_SCANNED
    if header.format == "GIF":
        return len(data) > _LONG_FILE
    return header.format == "PNG" and data.count(b"IDAT") > _MANY_PIECES
