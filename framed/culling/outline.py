"""A thumbnail made ready to be laid over others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from framed.photo import THUMBNAIL_SIDE, Pixels

Plane = npt.NDArray[np.float32]

CELLS = 8  # a side
CELL = THUMBNAIL_SIDE // CELLS  # px
_SOFTENED = 0.7  # px, Gaussian sigma: what differs by the half pixel that a copy is moved goes
_TRACKED_DEVIATION, _TRACKED_LEVEL = 45.0, 128.0  # grey levels, of any picture that is tracked
_LEAST_DEVIATION = 3.0  # grey levels; under it nothing is made of the noise
PLAIN = 0.32  # of the picture in one tone: drawn or written, whose parts are alike
_SAME_TONE = 7  # grey levels


@dataclass(frozen=True)
class Residue:
    """What a plane [128, 128] has in its cells beside whole rows and columns of one tone.

    Ruled lines, lines of text as such, horizons and façades are rows and columns, and alike in
    different pictures; what is left is words, leaves, faces. `cells` are the means [8, 8], `rows`
    those of each row of a cell [128, 8], `columns` [8, 128].
    """

    plane: Plane
    cells: Plane
    rows: Plane
    columns: Plane

    @classmethod
    def of(cls, plane: Plane) -> Residue:
        return cls(
            plane,
            cells=_means(plane, CELLS, CELLS),
            rows=_means(plane, CELLS, THUMBNAIL_SIDE),
            columns=_means(plane, THUMBNAIL_SIDE, CELLS),
        )

    def product(self, other: Residue) -> Plane:
        """The mean product of the two residues in each cell, [8, 8]."""
        whole = _means(self.plane * other.plane, CELLS, CELLS)
        by_row = (self.rows * other.rows).reshape(CELLS, CELL, CELLS).mean(axis=1)
        by_column = (self.columns * other.columns).reshape(CELLS, CELLS, CELL).mean(axis=2)
        return cast(Plane, whole - by_row - by_column + self.cells * other.cells)


@dataclass(frozen=True)
class Outline:
    """`residue` and its `energy` [8, 8]; `tracked` [128, 128] in even contrast, `half` at half its
    side; `plain` is the share of the picture that has one tone."""

    residue: Residue
    energy: Plane
    tracked: Pixels
    half: Plane
    plain: float


def outline_of(thumbnail: Pixels) -> Outline:
    """The outline of a thumbnail, uint8 [128, 128]."""
    soft = cv2.GaussianBlur(thumbnail, (3, 3), _SOFTENED)
    plane = soft.astype(np.float32)
    plane -= plane.mean()
    deviation = max(float(plane.std()), _LEAST_DEVIATION)
    tracked = np.clip(plane * (_TRACKED_DEVIATION / deviation) + _TRACKED_LEVEL, 0, 255)
    residue = Residue.of(plane)
    half = THUMBNAIL_SIDE // 2
    return Outline(
        residue=residue,
        energy=residue.product(residue),
        tracked=tracked.astype(np.uint8),
        half=_means(plane, half, half),
        plain=_plain_share(thumbnail),
    )


def _means(plane: Plane, width: int, height: int) -> Plane:
    return cast(Plane, cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA))


def _plain_share(thumbnail: Pixels) -> float:
    levels = cv2.calcHist([thumbnail], [0], None, [256], [0, 256]).ravel()
    near = np.convolve(levels, np.ones(_SAME_TONE))
    return float(near.max()) / thumbnail.size
