"""Whether two pictures show the same, by their pixels alone: a second opinion beside the model's.

The one is laid over the other, and cell by cell what is left of them after whole rows and columns
are taken away has to agree, in most of the picture. So two pages with the same lines, two chats
with the same bubbles, two views of one kind of scene are no witness, and neither is a picture
without content.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framed.culling.alignment import Alignment, align
from framed.culling.outline import PLAIN, Outline, Plane, Residue
from framed.photo import THUMBNAIL_SIDE

_LEAST_CONTENT = 3.0  # grey levels, both pictures' deviations in a cell together
_LEAST_CELLS, _FEW_CELLS = 6, 10
_LEAST_COVER = 0.4  # of the picture, that both show
_AGREES = 0.6  # correlation of a cell from which it is the same
_SCENE, _SCENE_OF_FEW = 0.66, 0.85  # shares of the cells that are; a subject may move
_SCENE_OVERALL = 0.5  # correlation of all cells together
_DRAWN, _DRAWN_MEDIAN = 0.9, 0.895  # the same for those; ruled tables reach 0.87
_DRAWN_WORST = 0.42  # under the median; a form filled in with another word is beyond
_DRAWN_SPREAD = 0.1, 12.0  # likewise, and of what the median lacks: saving spoils all a little
_COPY_MEDIAN, _COPY_WORST = 0.9, 0.5
_COPY_EDGE = 1.1  # px by which a copy may seem to reach over its original


@dataclass(frozen=True)
class Agreement:
    """Of the cells with content that both pictures show: the correlations, sorted.

    `overall` is that of all of them together; `cover` the share of the one picture that the other
    shows. `drawn`: both are plain in large parts.
    """

    alignment: Alignment
    correlations: Plane
    overall: float
    cover: float
    drawn: bool

    @property
    def same_scene(self) -> bool:
        """Whether most of what they show is the same; all of it, where they are drawn."""
        count = len(self.correlations)
        if count < _LEAST_CELLS or self.cover < _LEAST_COVER:
            return False
        share = float(np.mean(self.correlations > _AGREES))
        if self.drawn:
            worst = self._median - float(self.correlations[0])
            spread = _DRAWN_SPREAD[0] + _DRAWN_SPREAD[1] * (1 - self._median)
            most = min(_DRAWN_WORST, spread)
            return share >= _DRAWN and self._median >= _DRAWN_MEDIAN and worst <= most
        least = _SCENE_OF_FEW if count < _FEW_CELLS else _SCENE
        return share >= least and self.overall >= _SCENE_OVERALL

    @property
    def same_picture(self) -> bool:
        """Whether nothing in it moved, and one lies in the other: the whole, or cropped."""
        tenth = self.correlations[: max(1, len(self.correlations) // 10)]
        same = self._median >= _COPY_MEDIAN and float(tenth.mean()) >= _COPY_WORST
        return same and (self._within(outwards=False) or self._within(outwards=True))

    @property
    def _median(self) -> float:
        return float(np.median(self.correlations))

    def _within(self, *, outwards: bool) -> bool:
        left, top = self.alignment.corners[..., 0], self.alignment.corners[..., 1]
        gaps = (*left[:, 0], *top[0], *(THUMBNAIL_SIDE - left[:, -1]), *(THUMBNAIL_SIDE - top[-1]))
        least = min(-gap if outwards else gap for gap in gaps)
        return bool(least >= -_COPY_EDGE)


def agreement(one: Outline, other: Outline, least: float) -> Agreement | None:
    """How far two pictures agree; None where they cannot be laid over each other.

    `least` is that of `align`.
    """
    alignment = align(one, other, least)
    if alignment is None:
        return None
    residue = Residue.of(alignment.laid_over(other.residue.plane))
    product = one.residue.product(residue)
    energy = residue.product(residue)
    deviations = np.sqrt(np.maximum(one.energy, 0)), np.sqrt(np.maximum(energy, 0))
    inside = alignment.inside()
    counted = inside & (deviations[0] + deviations[1] > _LEAST_CONTENT)
    return Agreement(
        alignment=alignment,
        correlations=np.sort((product / np.maximum(deviations[0] * deviations[1], 0.05))[counted]),
        overall=_overall(product[counted], one.energy[counted], energy[counted]),
        cover=float(inside.mean()),
        drawn=min(one.plain, other.plain) > PLAIN,
    )


def _overall(product: Plane, one: Plane, other: Plane) -> float:
    both = float(one.sum()) * float(other.sum())
    return float(product.sum()) / both**0.5 if both > 0 else 0.0
