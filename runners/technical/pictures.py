"""The views of one photo as its metrics see them: without bars, frames and a scan's white."""

from __future__ import annotations

from collections.abc import Mapping

from framed.photo import FULL_CROP, GREY_PREVIEW, Pixels, PlaneName
from runners.technical.metrics import Picture
from runners.technical.metrics.border_lines import Borders, find_borders


def pictures_of(planes: Mapping[PlaneName, Pixels]) -> dict[PlaneName, Picture]:
    """What is within the borders of each view of one photo; see `find_borders`.

    They are looked for in the grey preview and cut off every view in proportion. The centre crop of
    the original pixels is looked at by itself: where it lay in the photo is not known here. What is
    drawn, written or plain keeps all of it: its margins are its own.
    """
    if GREY_PREVIEW not in planes:
        return whole(planes)
    borders = find_borders(planes[GREY_PREVIEW])
    preview = Picture(borders.within(planes[GREY_PREVIEW]), borders)
    if borders and preview.drawn:
        return whole(planes)
    pictures = {name: Picture(_within(name, plane, borders)) for name, plane in planes.items()}
    return pictures | {GREY_PREVIEW: preview}


def whole(planes: Mapping[PlaneName, Pixels]) -> dict[PlaneName, Picture]:
    """The views as they are."""
    return {name: Picture(plane) for name, plane in planes.items()}


def _within(name: PlaneName, plane: Pixels, borders: Borders) -> Pixels:
    return (find_borders(plane) if name == FULL_CROP else borders).within(plane)
