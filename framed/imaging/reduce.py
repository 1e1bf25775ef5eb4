"""Reducing a picture by area averaging, to a size that follows from the whole photo's."""

from __future__ import annotations

from typing import cast

from framed.photo import Photo, Pixels


def reduced(pixels: Pixels, photo: Photo, long_side: int) -> Pixels:
    """`pixels` (as large as the photo's) with a long side of at most `long_side`, by INTER_AREA.

    The size follows from the whole photo's, so that shrink on load does not change it:
    (max(1, round(w * s)), max(1, round(h * s))) with s = long_side / max(w, h). A smaller picture
    comes back as it is; nothing is ever enlarged.
    """
    if max(pixels.shape[:2]) <= long_side:
        return pixels
    import cv2  # 0.2 s, spared to processes that decode nothing

    width, height = photo.original_size
    scale = long_side / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cast(Pixels, cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def use_one_thread() -> None:
    """Keep OpenCV to the thread that calls it: the pool's threads are the parallelism."""
    import cv2

    cv2.setNumThreads(1)
