"""A `Photo` to the views that the runners eat, all of them from the one decode."""

from __future__ import annotations

import numpy as np
from PIL import Image

from framed.imaging.grey import grey_preview
from framed.imaging.shrink import whole_box
from framed.imaging.square import model_square
from framed.photo import Photo, Pixels, SquareSpec, Views, ViewSpec


def make_views(photo: Photo, spec: ViewSpec) -> Views:
    """The views that `spec` asks for, and no others.

    `squares`: uint8 [S, S, 3] RGB by side S; `grey_preview`: uint8 [h, w] of at most 512, or None.
    All are contiguous and own their memory: nothing of the photo is kept alive.
    """
    return Views(
        squares=_squares(photo, spec.squares),
        grey_preview=grey_preview(photo) if spec.grey_preview else None,
    )


def _squares(photo: Photo, specs: tuple[SquareSpec, ...]) -> dict[int, Pixels]:
    if not specs:
        return {}
    image, whole = Image.fromarray(photo.pixels), whole_box(photo)
    return {
        spec.size: np.array(model_square(image, spec, photo.original_size, whole)) for spec in specs
    }
