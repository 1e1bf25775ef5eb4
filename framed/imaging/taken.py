"""When a photo was taken, by the clock of its camera: read from EXIF, never rejecting a photo."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from PIL import ExifTags, Image

from framed.imaging.orientation import BAD_EXIF

_DATE = re.compile(rb"(?!0000)(\d{4}):(\d\d):(\d\d) ([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_LENGTH = 19  # of "2003:01:20 12:30:00"
_FRACTION = re.compile(rb"\d{1,9}")  # of a second, as digits after the point
_INLINE = 4  # bytes of a value that stands in its entry
_MOST_ENTRIES = 256  # a camera writes some 40
_ENTRY = 12  # bytes
_FIRST_DAY = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Taken:
    """`hour`: since midnight, 0 <= hour < 24; `seconds`: since a fixed day, to the fraction that
    the camera writes. None where the picture does not say, or unreadably."""

    hour: float | None = None
    seconds: float | None = None


def time_taken(image: Image.Image) -> Taken:
    """When the picture was taken, as far as its EXIF says so.

    The directory is walked here, since Pillow would unpack every value of it.
    """
    try:
        exif = image.getexif()
        directory = exif.get(ExifTags.IFD.Exif)
        if not isinstance(directory, int):
            return Taken()
        return _taken(dict(_texts(exif.fp, directory, exif.endian or "<")))
    except (*BAD_EXIF, AttributeError):
        return Taken()


def _texts(file: IO[bytes], directory: int, order: str) -> Iterator[tuple[int, bytes]]:
    """The texts of DateTimeOriginal and its fraction of a second, by tag."""
    file.seek(directory)
    (count,) = struct.unpack(f"{order}H", file.read(2))
    entries = file.read(_ENTRY * min(count, _MOST_ENTRIES))
    for at, (tag, _, length, place) in enumerate(struct.iter_unpack(f"{order}HHII", entries)):
        if tag == ExifTags.Base.DateTimeOriginal:
            file.seek(place)
            yield tag, file.read(_LENGTH)
        elif tag == ExifTags.Base.SubsecTimeOriginal and length <= _INLINE:
            yield tag, entries[_ENTRY * (at + 1) - _INLINE : _ENTRY * (at + 1)]


def _taken(texts: dict[int, bytes]) -> Taken:
    found = _DATE.match(texts.get(ExifTags.Base.DateTimeOriginal, b""))
    if not found:
        return Taken()
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    of_day = hour + minute / 60
    try:
        whole = (datetime(year, month, day, hour, minute, second) - _FIRST_DAY).total_seconds()
    except ValueError:  # a month that is none; the hour stands
        return Taken(of_day)
    fraction = _FRACTION.match(texts.get(ExifTags.Base.SubsecTimeOriginal, b""))
    return Taken(of_day, whole + (float(b"0." + fraction[0]) if fraction else 0.0))
