"""A `Photo` to the views that the runners eat, all of them from the one decode."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from framed.imaging.colour_reduced import reduced_luma, reduced_rgb
from framed.imaging.crop import full_crop
from framed.imaging.grey import grey_preview
from framed.imaging.likeness import likeness_of
from framed.imaging.regions import region_box, regions_of
from framed.imaging.shrink import whole_box
from framed.imaging.square import model_square
from framed.imaging.tones import tones_of
from framed.photo import LUMA, Photo, Pixels, PlaneName, Region, SquareSpec, Views, ViewSpec

VERSION = 3  # rises when the same bytes may give other views, so that caches let go
PLANES: Mapping[PlaneName, Callable[[Photo], Pixels]] = {
    "grey_preview": grey_preview,
    "luma": reduced_luma,
    "rgb": reduced_rgb,
    "full_crop": full_crop,
}


def make_views(photo: Photo, spec: ViewSpec, finest: Photo | None = None) -> Views:
    """The views that `spec` asks for, and no others.

    `squares`: uint8 RGB by side S, [S, S, 3], or [R, S, S, 3] for R `regions` where crops are asked
    for; `planes`: uint8 by name, as `PLANES` makes them. All are contiguous. `tones`: where there
    are squares. `likeness` is also of `finest`, the same photo with more of its pixels, if given.
    """
    regions = regions_of(photo, spec.crops)
    planes = {name: PLANES[name](photo) for name in spec.planes}
    return Views(
        squares=_squares(photo, spec.squares, regions),
        planes=planes,
        regions=regions,
        tones=tones_of(photo) if spec.squares else None,
        likeness=likeness_of(photo, planes.get(LUMA), finest) if spec.likeness else None,
    )


def _squares(
    photo: Photo, specs: tuple[SquareSpec, ...], regions: tuple[Region, ...]
) -> dict[int, Pixels]:
    if not specs:
        return {}
    pixels, size, whole = photo.pixels, photo.original_size, whole_box(photo)
    if not regions:
        return {spec.size: model_square(pixels, spec, size, whole) for spec in specs}
    parts = [(region[2:], region_box(region, size, whole)) for region in regions]
    return {
        spec.size: np.stack([model_square(pixels, spec, *part) for part in parts]) for spec in specs
    }
