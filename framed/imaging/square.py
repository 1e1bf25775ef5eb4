"""The square that a model looks at, equal to the model's own resize and crop, in one resize.

The usual way resizes the whole picture to whole pixels and then cuts at a whole pixel. The same
integers, carried back to the source, give the box that becomes the square at once; a box of the
naive centre square is up to half a target pixel off, which shows in the embedding.
"""

from __future__ import annotations

import numpy as np

from framed.imaging.resample import resample
from framed.imaging.shrink import Box
from framed.photo import Pixels, ResizeMode, SquareSpec


def model_square(pixels: Pixels, spec: SquareSpec, size: tuple[int, int], whole: Box) -> Pixels:
    """An upright RGB picture [H, W, 3] as the square of `spec`: uint8 [`size`, `size`, 3].

    `size` (width, height) is the whole photo's, which decides where the square lies; `whole` is
    where it lies in `pixels`, which may have been shrunk on load. Agrees with torchvision's Resize
    and CenterCrop ("shortest"), transformers' CLIPImageProcessor ("shortest_floor"), Resize to both
    sides ("squash"), and open_clip's ResizeKeepRatio and CenterCropOrPad ("longest") within
    rounding, where nothing was shrunk.
    """
    if spec.resize_mode in ("shortest", "shortest_floor"):
        return _shortest(pixels, spec, size, whole)
    if spec.resize_mode == "longest":
        return _longest(pixels, spec, size, whole)
    return _resize(pixels, (spec.size, spec.size), spec, whole)


def _shortest(pixels: Pixels, spec: SquareSpec, size: tuple[int, int], whole: Box) -> Pixels:
    n, (width, height), short = spec.size, size, min(size)
    whole_w, whole_h = int(n * width / short), int(n * height / short)  # cut, not rounded
    left, top = (_margin(side - n, spec.resize_mode) for side in (whole_w, whole_h))
    x, y, right, bottom = whole
    box = (  # multiplied first, so that an edge of the whole is met exactly, never passed
        x + left * (right - x) / whole_w,
        y + top * (bottom - y) / whole_h,
        x + (left + n) * (right - x) / whole_w,
        y + (top + n) * (bottom - y) / whole_h,
    )
    return _resize(pixels, (n, n), spec, box)


def _margin(excess: int, mode: ResizeMode) -> int:
    """How much of the pixels that are cut off goes before the square; `round` goes to even."""
    return excess // 2 if mode == "shortest_floor" else round(excess / 2)


def _longest(pixels: Pixels, spec: SquareSpec, size: tuple[int, int], whole: Box) -> Pixels:
    n, (width, height) = spec.size, size
    ratio = max(width, height) / n
    inner_w, inner_h = max(1, round(width / ratio)), max(1, round(height / ratio))
    top, left = (n - inner_h) // 2, (n - inner_w) // 2
    page = np.full((n, n, 3), spec.fill, np.uint8)
    inner = _resize(pixels, (inner_w, inner_h), spec, whole)
    page[top : top + inner_h, left : left + inner_w] = inner
    return page


def _resize(pixels: Pixels, size: tuple[int, int], spec: SquareSpec, box: Box) -> Pixels:
    height, width = pixels.shape[:2]
    return resample(pixels, size, _inside(box, (width, height)), spec.interpolation)


def _inside(box: Box, size: tuple[int, int]) -> Box:
    """The box less the rounding error by which it may pass an edge."""
    left, top, right, bottom = box
    return max(left, 0.0), max(top, 0.0), min(right, float(size[0])), min(bottom, float(size[1]))
