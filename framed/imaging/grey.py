"""The grey preview that most technical metrics share."""

from __future__ import annotations

from typing import cast

from framed.imaging.reduce import reduced
from framed.photo import Photo, Pixels

PREVIEW_SIDE = 512


def grey_preview(photo: Photo) -> Pixels:
    """The photo in grey (Rec. 601 luma), reduced by area to a long side of 512; uint8 [h, w].

    Grey is taken at the decoded size, before reducing.
    """
    return reduced(to_grey(photo.pixels), photo, PREVIEW_SIDE)


def to_grey(rgb: Pixels) -> Pixels:
    """RGB [h, w, 3] to Rec. 601 luma [h, w] by OpenCV's fixed-point weights, both uint8."""
    import cv2  # 0.2 s, spared to processes that decode nothing

    return cast(Pixels, cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))
