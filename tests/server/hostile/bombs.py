"""Pictures whose headers claim far more pixels than are read: refused before any is made."""

from __future__ import annotations

import struct
from random import Random

from tests.server.hostile.mutations import with_checksums

HUGE = (20_001, 40_000, 65_535)  # two of them are over the limit of megapixels


def bomb(picture: bytes, chance: Random) -> bytes:
    """`picture` with a huge width and height in its header; as it is where it has none."""
    width, height = chance.choice(HUGE), chance.choice(HUGE)
    if picture.startswith(b"\x89PNG"):
        return with_checksums(picture[:16] + struct.pack(">II", width, height) + picture[24:])
    if picture.startswith(b"GIF8"):
        return _gif(picture, width, height)
    if picture.startswith(b"BM"):
        return picture[:18] + struct.pack("<ii", width, height) + picture[26:]
    if picture.startswith(b"\xff\xd8"):
        return _jpeg(picture, width, height)
    if picture.startswith(b"II*\0"):
        return _tiff(picture, width, height)
    if b"ispe" in picture:
        at = picture.index(b"ispe") + 8
        return picture[:at] + struct.pack(">II", width, height) + picture[at + 8 :]
    return picture


def _gif(picture: bytes, width: int, height: int) -> bytes:
    size = struct.pack("<HH", width, height)
    frame = picture.index(b",", 13)  # the image descriptor
    return picture[:6] + size + picture[10 : frame + 5] + size + picture[frame + 9 :]


def _jpeg(picture: bytes, width: int, height: int) -> bytes:
    for marker in (b"\xff\xc0", b"\xff\xc2"):
        if (at := picture.find(marker)) > 0:
            return picture[: at + 5] + struct.pack(">HH", height, width) + picture[at + 9 :]
    return picture


def _tiff(picture: bytes, width: int, height: int) -> bytes:
    (at,) = struct.unpack_from("<I", picture, 4)
    (count,) = struct.unpack_from("<H", picture, at)
    spoiled = bytearray(picture)
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        (tag,) = struct.unpack_from("<H", picture, entry)
        if tag in (256, 257):
            size = width if tag == 256 else height
            struct.pack_into("<HII", spoiled, entry + 2, 4, 1, size)
    return bytes(spoiled)
