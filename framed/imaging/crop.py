"""The centre of the original pixels, where a camera's noise can still be seen."""

from __future__ import annotations

from framed.imaging.grey import to_grey
from framed.photo import Photo, Pixels

CROP_SIDE = 1024


def full_crop(photo: Photo) -> Pixels:
    """The centre of the decoded pixels in grey, at most 1024 x 1024; uint8 [h, w].

    They are the original pixels where the photo was decoded `exact`.
    """
    height, width = photo.pixels.shape[:2]
    top, left = max(0, (height - CROP_SIDE) // 2), max(0, (width - CROP_SIDE) // 2)
    centre = photo.pixels[top : top + CROP_SIDE, left : left + CROP_SIDE]
    return to_grey(centre.copy())  # OpenCV wants its rows together
