"""The photo in colour at the side that the quality models were trained near, and its luma."""

from __future__ import annotations

from typing import cast

import numpy as np

from framed.imaging.reduce import reduced
from framed.photo import Photo, Pixels

REDUCED_SIDE = 1024
_LUMA = np.array([[0.299, 0.587, 0.114]])  # Rec. 601


def reduced_rgb(photo: Photo) -> Pixels:
    """The photo's RGB with a long side of at most 1024, by area; uint8 [h, w, 3]."""
    return reduced(photo.pixels, photo, REDUCED_SIDE)


def reduced_luma(photo: Photo) -> Pixels:
    """round(.299 R + .587 G + .114 B) of `reduced_rgb`, uint8 [h, w].

    Of a grey picture it is that grey again; the fixed-point weights of `to_grey` differ by 1 in
    places, which BRISQUE sees.
    """
    import cv2  # 0.2 s, spared to processes that decode nothing

    return cast(Pixels, cv2.transform(reduced_rgb(photo), _LUMA))
