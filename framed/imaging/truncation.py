"""Whether a file that would not decode ends before its own structure says that it should."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from framed.imaging.formats import Format


def is_cut(data: bytes, format: Format) -> bool:
    """True if bytes of this `format` break off early; asked only once decoding has failed."""
    return _CUT[format](data)


def _cut_jpeg(data: bytes) -> bool:
    return b"\xff\xd9" not in data[max(0, data.rfind(b"\xff\xda")) :]


def _cut_png(data: bytes) -> bool:
    at = 8
    if data[12:16] not in (b"IHDR", b""):
        return False  # damaged, not cut: the lengths that follow mean nothing
    while at + 12 <= len(data):
        if data[at + 4 : at + 8] == b"IEND":
            return False
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return True


def _cut_gif(data: bytes) -> bool:
    has_area = any(data[6:8]) and any(data[8:10])
    return has_area and not data.rstrip(b"\0").endswith(b";")


def _cut_bmp(data: bytes) -> bool:
    return int.from_bytes(data[2:6], "little") > len(data)


def _cut_webp(data: bytes) -> bool:
    return int.from_bytes(data[4:8], "little") + 8 > len(data)


def _cut_tiff(data: bytes) -> bool:
    start, end = (8, 16) if data[2:4] in (b"+\0", b"\0+") else (4, 8)
    offset = data[start:end] if data[:2] == b"MM" else data[start:end][::-1]
    return int.from_bytes(offset, "big") >= len(data)  # the directory, which most writers put last


def _cut_iso(data: bytes) -> bool:
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size < 8:
            return False  # 0 reaches to the end of the file by definition, the rest is damage
        at += size
    return at != len(data)


_CUT: Mapping[Format, Callable[[bytes], bool]] = {
    "JPEG": _cut_jpeg,
    "PNG": _cut_png,
    "GIF": _cut_gif,
    "BMP": _cut_bmp,
    "WEBP": _cut_webp,
    "TIFF": _cut_tiff,
    "HEIC": _cut_iso,
    "AVIF": _cut_iso,
}
