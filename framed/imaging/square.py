"""The square that a model looks at, equal to the model's own resize and crop, in one resize.

The usual way resizes the whole picture to whole pixels and then cuts at a whole pixel. The same
integers, carried back to the source, give the box that becomes the square at once; a box of the
naive centre square is up to half a target pixel off, which shows in the embedding.
"""

from __future__ import annotations

from PIL import Image
from PIL.Image import Resampling

from framed.imaging.shrink import Box
from framed.photo import ResizeMode, SquareSpec

_FILTERS = {"bicubic": Resampling.BICUBIC, "bilinear": Resampling.BILINEAR}


def model_square(
    image: Image.Image, spec: SquareSpec, size: tuple[int, int], whole: Box
) -> Image.Image:
    """An upright RGB picture as the square of `spec`: RGB, `size` x `size`.

    `size` (width, height) is the whole photo's, which decides where the square lies; `whole` is
    where it lies in `image`, which may have been shrunk on load. Agrees with torchvision's Resize
    and CenterCrop ("shortest"), transformers' CLIPImageProcessor ("shortest_floor"), Resize to both
    sides ("squash"), and open_clip's ResizeKeepRatio and CenterCropOrPad ("longest") within
    rounding, where nothing was shrunk.
    """
    if spec.resize_mode in ("shortest", "shortest_floor"):
        return _shortest(image, spec, size, whole)
    if spec.resize_mode == "longest":
        return _longest(image, spec, size, whole)
    return _resize(image, (spec.size, spec.size), spec, whole)


def _shortest(
    image: Image.Image, spec: SquareSpec, size: tuple[int, int], whole: Box
) -> Image.Image:
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
    return _resize(image, (n, n), spec, box)


def _margin(excess: int, mode: ResizeMode) -> int:
    """How much of the pixels that are cut off goes before the square; `round` goes to even."""
    return excess // 2 if mode == "shortest_floor" else round(excess / 2)


def _longest(
    image: Image.Image, spec: SquareSpec, size: tuple[int, int], whole: Box
) -> Image.Image:
    n, (width, height) = spec.size, size
    ratio = max(width, height) / n
    inner_w, inner_h = max(1, round(width / ratio)), max(1, round(height / ratio))
    page = Image.new("RGB", (n, n), spec.fill)
    inner = _resize(image, (inner_w, inner_h), spec, whole)
    page.paste(inner, ((n - inner_w) // 2, (n - inner_h) // 2))
    return page


def _resize(image: Image.Image, size: tuple[int, int], spec: SquareSpec, box: Box) -> Image.Image:
    return image.resize(size, _FILTERS[spec.interpolation], _inside(box, image.size))


def _inside(box: Box, size: tuple[int, int]) -> Box:
    """The box less the rounding error by which it may pass an edge, which Pillow refuses."""
    left, top, right, bottom = box
    return max(left, 0.0), max(top, 0.0), min(right, float(size[0])), min(bottom, float(size[1]))
