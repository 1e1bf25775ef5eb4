"""What has to be known about a TIFF before Pillow may open it, and what Pillow leaves undone."""

from __future__ import annotations

from io import BytesIO

from PIL.Image import Image
from PIL.TiffImagePlugin import MAX_SAMPLESPERPIXEL, ImageFileDirectory_v2, TiffImageFile

from framed.errors import Code, FramedError
from framed.imaging.formats import unsupported

_SUBFILE_TYPE, _WIDTH, _LENGTH, _BITS, _PHOTOMETRIC = 254, 256, 257, 258, 262
_ORIENTATION, _SAMPLES, _TILE_WIDTH, _TILE_LENGTH = 274, 277, 322, 323
_DNG_VERSION = 50706


def check_directory(data: bytes, max_pixels: int) -> None:
    """Refuses by the first directory what opening would log loudly or decode into a bomb.

    Raises `FramedError`: `corrupt` (impossible samples per pixel), `too_many_pixels` (a tile, that
    is decoded whole whatever the picture's size), `unsupported_format` (camera raw, whose first
    picture is a thumbnail).
    """
    tags = _first_directory(data)
    samples = tags.get(_SAMPLES, 1)
    if isinstance(samples, int) and samples > MAX_SAMPLESPERPIXEL:
        raise FramedError(
            Code.CORRUPT, f"The TIFF file claims {samples} samples per pixel; send an intact one."
        )
    if _tile_pixels(tags) > max_pixels:
        raise FramedError(
            Code.TOO_MANY_PIXELS, "The TIFF file's tiles are too large to decode; use smaller ones."
        )
    if _DNG_VERSION in tags or tags.get(_SUBFILE_TYPE) == 1:
        raise unsupported("camera raw")


def _first_directory(data: bytes) -> ImageFileDirectory_v2:
    big = data[2:4] in (b"+\0", b"\0+")
    tags = ImageFileDirectory_v2(data[: 16 if big else 8])
    file = BytesIO(data)
    file.seek(tags.next)
    tags.load(file)
    return tags


def _tile_pixels(tags: ImageFileDirectory_v2) -> int:
    width, length = tags.get(_TILE_WIDTH, 0), tags.get(_TILE_LENGTH, 0)
    return width * length if isinstance(width, int) and isinstance(length, int) else 0


def orientation_tag(image: Image) -> int:
    """The orientation, 1..8, that Pillow will apply by itself while loading; ask before loading."""
    tag = image.tag_v2.get(_ORIENTATION) if isinstance(image, TiffImageFile) else 1
    return tag if isinstance(tag, int) and 1 <= tag <= 8 else 1


def grey_range(image: Image) -> tuple[int, int]:
    """The stored values of black and white in a grey picture of more than 8 bits."""
    if not isinstance(image, TiffImageFile):
        return 0, 65535
    white = 4095 if image.tag_v2.get(_BITS) == (12,) else 65535
    inverted = image.tag_v2.get(_PHOTOMETRIC) == 0  # Pillow inverts 8-bit greys only
    return (white, 0) if inverted else (0, white)
