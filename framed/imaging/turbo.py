"""An ordinary JPEG straight into the array that is kept: the decoder that Pillow uses too, without
the picture that Pillow makes first and the copies from there."""

from __future__ import annotations

import numpy as np
import simplejpeg
from PIL.JpegImagePlugin import JpegImageFile

from framed.imaging.icc import profile_of
from framed.imaging.orientation import as_stored, upright_size
from framed.imaging.shrink import shrunk
from framed.photo import Pixels


def is_ordinary(image: JpegImageFile) -> bool:
    """Whether an opened JPEG is of three colours that need no conversion to be sRGB."""
    return image.mode == "RGB" and profile_of(image.info.get("icc_profile"), "RGB") is None


def upright_pixels(
    data: bytes, size: tuple[int, int], divisor: int, orientation: int
) -> Pixels | None:
    """An ordinary JPEG of `size` (width, height) as RGB uint8 [h, w, 3], bit for bit as Pillow
    decodes it at 1/`divisor` of its sides, turned by its EXIF `orientation`.

    None for a file that is not faultless: others say what is wrong with it, or read what is left.
    """
    width, height = (shrunk(side, divisor) for side in size)
    try:
        stored: Pixels = simplejpeg.decode_jpeg(data, "RGB", min_width=width, min_height=height)
    except ValueError:
        return None
    if stored.shape[:2] != (height, width):
        return None
    return _turned(stored, orientation)


def _turned(stored: Pixels, orientation: int) -> Pixels:
    if orientation == 1:
        return stored
    height, width = stored.shape[:2]
    across, down = upright_size((width, height), orientation)
    upright: Pixels = np.empty((down, across, 3), np.uint8)
    as_stored(upright, orientation)[...] = stored
    return upright
