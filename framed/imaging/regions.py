"""Where a model looks closer: the regions of a photo whose squares stand beside the whole's.

They are squares, so that what a model sees of one is what its box says: nothing of it is cut off,
squashed or filled up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from framed.imaging import grid, saliency
from framed.imaging.shrink import Box
from framed.photo import CropMode, Photo, Region

MIN_SIDE = 32  # pixels: less is a blur once it is enlarged to a model's square
_CROPS: Mapping[CropMode, Callable[[Photo], Sequence[Region]]] = {
    "grid": lambda photo: grid.crops(photo.original_size, MIN_SIDE),
    "saliency": lambda photo: saliency.crops(photo, MIN_SIDE),
}
_SMALLEST: Mapping[CropMode, float] = {
    "none": 1.0,
    "grid": grid.SHARE,
    "saliency": min(saliency.SHARES),
}


def regions_of(photo: Photo, mode: CropMode) -> tuple[Region, ...]:
    """The whole photo, then its crops, 5 at most and no two alike; nothing for "none".

    A photo that is too small to be cut, or in which nothing stands out, has fewer crops or none.
    """
    if mode == "none":
        return ()
    width, height = photo.original_size
    return tuple(dict.fromkeys([(0, 0, width, height), *_CROPS[mode](photo)]))


def smallest_share(mode: CropMode) -> float:
    """The side of the smallest region of `mode`, as a share of the photo's short side."""
    return _SMALLEST[mode]


def region_box(region: Region, size: tuple[int, int], whole: Box) -> Box:
    """Where a region of a photo of `size` (width, height) lies, when the photo lies in `whole`."""
    (x, y, width, height), (left, top, right, bottom) = region, whole
    across, down = right - left, bottom - top
    return (
        left + x * across / size[0],
        top + y * down / size[1],
        left + (x + width) * across / size[0],
        top + (y + height) * down / size[1],
    )
