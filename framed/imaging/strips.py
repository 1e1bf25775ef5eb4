"""A loaded picture to upright sRGB a strip of rows at a time, so that no whole copy is ever made.

What comes out is what the whole picture at once would give.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image

from framed.imaging.colour import Done, ToSrgb
from framed.imaging.orientation import as_stored, upright_size
from framed.imaging.shrink import shrunk
from framed.photo import Pixels

IN_STRIPS_ABOVE = 4_000_000  # pixels; at fewer the whole is as fast, and small
STRIP_PIXELS = 1_000_000
STEPS = ("grey16", "palette", "icc", "cmyk", "alpha")  # in the order in which they are taken


def upright_srgb(image: Image.Image, divisor: int, orientation: int) -> tuple[Pixels, Done]:
    """RGB uint8 [h, w, 3] of a loaded picture, and the steps taken: see `ToSrgb`.

    It is reduced by area to 1/`divisor` of its sides, rounded up, and turned by its EXIF
    `orientation`. Raises what `ToSrgb` raises.
    """
    width, height = (shrunk(side, divisor) for side in image.size)
    across, down = upright_size((width, height), orientation)
    upright: Pixels = np.empty((down, across, 3), np.uint8)
    stored = as_stored(upright, orientation)
    convert, taken = ToSrgb(image), set[str]()
    for top, bottom in _strips(image.size, divisor):
        rgb, done = convert(image.crop((0, top, image.width, bottom)))
        stored[top // divisor : shrunk(bottom, divisor)] = np.asarray(_reduced(rgb, divisor))
        taken.update(done)
    return upright, _in_order(taken)


def _strips(size: tuple[int, int], divisor: int) -> Iterator[tuple[int, int]]:
    """First and last row of each strip; all but the last are a multiple of `divisor` high."""
    width, height = size
    rows = max(1, STRIP_PIXELS // (width * divisor)) * divisor
    return ((top, min(height, top + rows)) for top in range(0, height, rows))


def _reduced(rgb: Image.Image, divisor: int) -> Image.Image:
    return rgb.reduce(divisor) if divisor > 1 else rgb


def _in_order(taken: Iterable[str]) -> Done:
    return tuple(sorted(taken, key=STEPS.index))
