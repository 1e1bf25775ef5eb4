"""When a photo was taken, by the clock of its camera: read from EXIF, never rejecting a photo."""

from __future__ import annotations

import re
import struct
from typing import IO

from PIL import ExifTags, Image

from framed.imaging.orientation import BAD_EXIF

_DATE = re.compile(rb"(?!0000)\d{4}:\d\d:\d\d ([01]\d|2[0-3]):([0-5]\d)")
_LENGTH = 19  # of "2003:01:20 12:30:00"
_MOST_ENTRIES = 256  # a camera writes some 40
_ENTRY = 12  # bytes


def hour_taken(image: Image.Image) -> float | None:
    """Hours since midnight, 0 <= hour < 24; None where the picture does not say, or unreadably.

    The directory is walked here, since Pillow would unpack every value of it.
    """
    try:
        exif = image.getexif()
        directory = exif.get(ExifTags.IFD.Exif)
        if not isinstance(directory, int):
            return None
        return _hour(_original(exif.fp, directory, exif.endian or "<"))
    except (*BAD_EXIF, AttributeError):
        return None


def _original(file: IO[bytes], directory: int, order: str) -> bytes:
    """The text of DateTimeOriginal; empty where it is absent."""
    file.seek(directory)
    (count,) = struct.unpack(f"{order}H", file.read(2))
    entries = file.read(_ENTRY * min(count, _MOST_ENTRIES))
    for tag, _, _, place in struct.iter_unpack(f"{order}HHII", entries):
        if tag == ExifTags.Base.DateTimeOriginal:
            file.seek(place)
            return file.read(_LENGTH)
    return b""


def _hour(text: bytes) -> float | None:
    found = _DATE.match(text)
    return int(found[1]) + int(found[2]) / 60 if found else None
