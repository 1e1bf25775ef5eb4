"""The grey preview that all technical metrics share."""

from __future__ import annotations

from typing import cast

from framed.photo import Photo, Pixels

PREVIEW_SIDE = 512


def grey_preview(photo: Photo) -> Pixels:
    """The photo in grey (Rec. 601 luma), reduced by area to a long side of 512; uint8 [h, w].

    Grey is taken at the decoded size, before reducing. The size follows from the whole photo's,
    so that shrink on load does not change it: (max(1, round(w * s)), max(1, round(h * s))) with
    s = 512 / max(w, h). A smaller photo keeps its size; nothing is ever enlarged.
    """
    import cv2  # 0.2 s, spared to processes that decode nothing

    grey = cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY)
    if max(grey.shape) > PREVIEW_SIDE:
        size = _preview_size(*photo.original_size)
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return cast(Pixels, grey)


def use_one_thread() -> None:
    """Keep OpenCV to the thread that calls it: the pool's threads are the parallelism."""
    import cv2

    cv2.setNumThreads(1)


def _preview_size(width: int, height: int) -> tuple[int, int]:
    scale = PREVIEW_SIDE / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))
