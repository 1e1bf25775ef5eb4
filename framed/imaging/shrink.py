"""Shrink on load: a JPEG decoded at 1/2, 1/4 or 1/8 of its sides, straight from its coefficients.

Four times fewer pixels cost about three times less; what is left out is detail that the views
would throw away. Very large pictures of other formats are reduced by the same rule once decoded,
strip by strip, so that they are never held in colour as a whole.
"""

from __future__ import annotations

from PIL.JpegImagePlugin import JpegImageFile

from framed.imaging.formats import Format
from framed.photo import DecodeSpec, Photo

Box = tuple[float, float, float, float]

REDUCED_ABOVE = 16_000_000  # pixels; a picture of no more keeps them all, but for JPEG
TURNED_BY_DECODER = frozenset({"TIFF", "HEIC"})  # upright once loaded, before they are reduced
_DIVISORS = (8, 4, 2)  # what every JPEG decoder offers
_MIRRORED_ACROSS = frozenset({2, 3, 6, 7})  # EXIF orientations whose upright left was an end
_MIRRORED_DOWN = frozenset({3, 4, 7, 8})  # and those whose upright top was one


def shrink_divisor(width: int, height: int, spec: DecodeSpec) -> int:
    """The largest of 8, 4, 2, 1 that leaves both sides (rounded up) as long as `spec` demands.

    1 where shrinking is forbidden (`exact`) or nothing is demanded (both sides 0).
    """
    if spec.exact or not (spec.min_short_side or spec.min_long_side):
        return 1
    short, long = sorted((width, height))
    fitting = (
        n
        for n in _DIVISORS
        if n <= short
        and shrunk(short, n) >= spec.min_short_side
        and shrunk(long, n) >= spec.min_long_side
    )
    return next(fitting, 1)


def divisor_for(format: Format, width: int, height: int, spec: DecodeSpec) -> int:
    """By how much a picture's sides are divided on their way to a `Photo`: 8, 4, 2 or 1."""
    if format != "JPEG" and width * height <= REDUCED_ABOVE:
        return 1
    return shrink_divisor(width, height, spec)


def shrunk(side: int, divisor: int) -> int:
    """The length of a side, in pixels, once decoded at 1/divisor."""
    return -(-side // divisor)


def whole_box(photo: Photo) -> Box:
    """Where the whole photo lies in its pixels: (left, top, right, bottom), in their coordinates.

    A side that the divisor does not divide ends in a pixel that is partly beyond the photo. That
    is the last one as stored, and the first one where the photo was turned around.
    """
    height, width = photo.pixels.shape[:2]
    divisor = _applied(photo, "shrink")
    across, down = (side / divisor for side in photo.original_size)
    orientation = 1 if photo.format in TURNED_BY_DECODER else _applied(photo, "orientation")
    left = width - across if divisor > 1 and orientation in _MIRRORED_ACROSS else 0
    top = height - down if divisor > 1 and orientation in _MIRRORED_DOWN else 0
    return left, top, left + across, top + down


def _applied(photo: Photo, step: str) -> int:
    """The number of a step in `Photo.applied`; 1, which changes nothing, where it is absent."""
    found = (each.partition(":")[2] for each in photo.applied if each.startswith(f"{step}:"))
    return int(next(found, "1"))


def shrink_on_load(image: JpegImageFile, divisor: int) -> None:
    """Makes an opened, not yet loaded JPEG decode at 1/divisor of its sides."""
    if divisor > 1:
        width, height = image.size
        image.draft(None, (width // divisor, height // divisor))
