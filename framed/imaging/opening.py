"""A file's header, read by the one Pillow plugin of its format; no pixel is decoded here.

The plugins are called by themselves, not through `Image.open`: a format is never tried that the
bytes do not show, nothing is registered for the whole process, and faults keep their own words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO

from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from framed.errors import Code, FramedError
from framed.imaging.formats import Format, unsupported
from framed.imaging.orientation import SIDEWAYS
from framed.imaging.structure import check_pieces
from framed.imaging.tiff import check_directory, orientation_tag
from framed.photo import DecodeSpec

_EXIF_ITEM = b"Exif"


def open_header(data: bytes, format: Format, spec: DecodeSpec) -> ImageFile:
    """The picture of a file, header read and within the limits of `spec`, nothing decoded.

    Raises `FramedError`: `too_many_pixels`, `bad_dimensions`, `corrupt`; a plugin's own
    exceptions pass.
    """
    check_pieces(data, format)
    if format == "TIFF":
        check_directory(data, spec.max_pixels)
    image = _OPENERS[format](BytesIO(data))
    _check_size(*image.size, spec)
    return image


def stored_size(image: ImageFile) -> tuple[int, int]:
    """(width, height) as the file stores them; for HEIC already upright, its decoder turns it."""
    width, height = image.size
    return (height, width) if orientation_tag(image) in SIDEWAYS else (width, height)


def has_more_frames(data: bytes, format: Format) -> bool:
    """Whether the file holds more pictures than the first, which is the one that counts.

    It opens the file anew: a GIF has to be read past its first picture, which may be damage.
    """
    try:
        image = _OPENERS[format](BytesIO(data))
        return bool(getattr(image, "is_animated", "mp" in image.info))  # "mp": a JPEG of many
    except Exception:  # damage after the first picture costs nothing but this remark
        return False


def _check_size(width: int, height: int, spec: DecodeSpec) -> None:
    if width * height > spec.max_pixels:
        raise FramedError(
            Code.TOO_MANY_PIXELS,
            f"The picture has {width} x {height} pixels; send one of at most "
            f"{spec.max_pixels / 1e6:g} megapixels.",
        )
    if max(width, height) > spec.max_side:
        raise FramedError(
            Code.BAD_DIMENSIONS,
            f"The picture is {width} x {height}; send one whose sides are at most {spec.max_side}.",
        )


def _open_heic(file: BytesIO) -> ImageFile:
    try:
        from pillow_heif import HeifImageFile  # 0.1 s, and few photos need it
    except ImportError:
        raise unsupported("HEIC, whose decoder (pillow-heif) is not installed") from None
    opener: Callable[[BytesIO], ImageFile] = HeifImageFile
    return opener(file)


def _open_avif(file: BytesIO) -> ImageFile:
    """Opens an AVIF; one whose EXIF is damaged is opened without it, as it has its own turns."""
    try:
        return AvifImageFile(file)
    except (SyntaxError, RuntimeError, ValueError):
        data = file.getvalue()
        hidden = data.replace(_EXIF_ITEM, b"skip")  # an item of a type that no decoder knows
        if hidden == data:
            raise
        return AvifImageFile(BytesIO(hidden))


_OPENERS: Mapping[Format, Callable[[BytesIO], ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
    "WEBP": WebPImageFile,
    "TIFF": TiffImageFile,
    "HEIC": _open_heic,
    "AVIF": _open_avif,
}
