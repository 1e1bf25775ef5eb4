"""What a file tells of how its picture came about: its length, its camera, its compression."""

from __future__ import annotations

from PIL import ExifTags
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from framed.imaging.orientation import BAD_EXIF
from framed.imaging.taken import Taken
from framed.photo import FileFacts

_LONGEST = 64  # characters of a camera's name that are kept


def file_facts(image: ImageFile, length: int, taken: Taken) -> FileFacts:
    """The facts of an opened picture of `length` bytes; never rejects one."""
    return FileFacts(length, _quantisation(image), _camera(image), taken.seconds)


def _quantisation(image: ImageFile) -> float | None:
    table = image.quantization.get(0) if isinstance(image, JpegImageFile) else None
    return sum(table) / len(table) if table else None


def _camera(image: ImageFile) -> str | None:
    try:
        exif = image.getexif()
        words = (exif.get(tag) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
        named = [word.strip("\0 ") for word in words if isinstance(word, str)]
    except (*BAD_EXIF, AttributeError):
        return None
    return " ".join(filter(None, named))[:_LONGEST] or None
