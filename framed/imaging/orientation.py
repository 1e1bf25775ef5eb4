"""The EXIF orientation: read without ever rejecting a photo, and applied."""

from __future__ import annotations

import struct

from PIL import ExifTags, Image
from PIL.Image import Transpose

from framed.photo import Pixels

_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
SIDEWAYS = frozenset({5, 6, 7, 8})  # orientations that swap width and height
_STORED_UPSIDE_DOWN = frozenset({3, 4, 6, 7})
_STORED_MIRRORED = frozenset({2, 3, 7, 8})
BAD_EXIF = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, struct.error)


def read_orientation(image: Image.Image) -> int:
    """The orientation of a loaded picture, 1..8; 1 where it is absent, invalid or unreadable."""
    try:
        tag = image.getexif().get(ExifTags.Base.Orientation)
    except BAD_EXIF:
        return 1
    return tag if isinstance(tag, int) and tag in _TURNS else 1


def turn_upright(image: Image.Image, orientation: int) -> Image.Image:
    """The picture as its orientation (1..8) says that it should be seen."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """(width, height) of a stored `size` once it is turned upright."""
    return size[::-1] if orientation in SIDEWAYS else size


def as_stored(upright: Pixels, orientation: int) -> Pixels:
    """An upright picture [h, w, 3] seen as it lies in its file; no copy, what is written shows."""
    flat = upright.swapaxes(0, 1) if orientation in SIDEWAYS else upright
    down = -1 if orientation in _STORED_UPSIDE_DOWN else 1
    across = -1 if orientation in _STORED_MIRRORED else 1
    return flat[::down, ::across]
