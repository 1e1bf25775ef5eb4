"""A `Photo` to the views that the runners eat, all of them from the one decode."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image

from framed.imaging.colour_reduced import reduced_luma, reduced_rgb
from framed.imaging.crop import full_crop
from framed.imaging.grey import grey_preview
from framed.imaging.shrink import whole_box
from framed.imaging.square import model_square
from framed.photo import Photo, Pixels, PlaneName, SquareSpec, Views, ViewSpec

VERSION = 1  # rises when the same bytes may give other views, so that caches let go
PLANES: Mapping[PlaneName, Callable[[Photo], Pixels]] = {
    "grey_preview": grey_preview,
    "luma": reduced_luma,
    "rgb": reduced_rgb,
    "full_crop": full_crop,
}


def make_views(photo: Photo, spec: ViewSpec) -> Views:
    """The views that `spec` asks for, and no others.

    `squares`: uint8 [S, S, 3] RGB by side S; `planes`: uint8 by name, as `PLANES` makes them.
    All are contiguous.
    """
    return Views(
        squares=_squares(photo, spec.squares),
        planes={name: PLANES[name](photo) for name in spec.planes},
    )


def _squares(photo: Photo, specs: tuple[SquareSpec, ...]) -> dict[int, Pixels]:
    if not specs:
        return {}
    image, whole = Image.fromarray(photo.pixels), whole_box(photo)
    return {
        spec.size: np.array(model_square(image, spec, photo.original_size, whole)) for spec in specs
    }
