"""What remains of a photo to be compared with others by, without a model."""

from __future__ import annotations

import hashlib
from math import ceil, sqrt
from typing import cast

from framed.imaging.colour_reduced import reduced_luma
from framed.imaging.detail import noise_of, sharpness_by_scale
from framed.imaging.grain import grain_of
from framed.photo import THUMBNAIL_SIDE, Likeness, Photo, Pixels

_DIGESTED = 50_000  # pixels, on an even grid: what differs nowhere there is called the same


def likeness_of(photo: Photo, luma: Pixels | None = None, finest: Photo | None = None) -> Likeness:
    """The likeness of a photo; `luma` is its view of that name, where it is there already, and
    `finest` the same photo with more of its pixels."""
    grey = reduced_luma(photo) if luma is None else luma
    return Likeness(
        thumbnail=_thumbnail(grey),
        digest=_digest(photo.pixels),
        sharpness=sharpness_by_scale(grey),
        noise=noise_of(grey),
        file=photo.file,
        grain=grain_of(finest or photo),
    )


def _thumbnail(grey: Pixels) -> Pixels:
    import cv2  # 0.2 s, spared to processes that decode nothing

    side = (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    return cast(Pixels, cv2.resize(grey, side, interpolation=cv2.INTER_AREA))


def _digest(pixels: Pixels) -> str:
    height, width = pixels.shape[:2]
    step = max(1, ceil(sqrt(height * width / _DIGESTED)))
    found = hashlib.blake2b(f"{width}x{height}".encode(), digest_size=16)
    found.update(pixels[::step, ::step].tobytes())
    return found.hexdigest()
