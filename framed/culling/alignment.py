"""Where one picture lies in another: shifted, turned a little, nearer or farther."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from framed.culling.outline import CELL, CELLS, PLAIN, Outline, Plane
from framed.photo import THUMBNAIL_SIDE

Points = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

_FARTHEST = 0.2  # of the side that any corner may have moved; a hand between two shots moves less
_LEAST_TRACKED = 20  # points inside both pictures
_LEAST_AGREED = 0.14  # share of them that one movement explains; chance has some 0.1
_UNMOVED = 0.97  # correlation as they lie; tracking finds the little that is left
_AS_THEY_LIE = 0.6  # correlation of all that is no row and no column
_WINDOW, _MARGIN = 15, 3  # px
_TRACKING = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 10, 0.03)
_TOLERANCE = 0.8  # px
_BEYOND = 0.6  # px by which a cell may reach over the edge
_WINDOWED = cv2.createHanningWindow((THUMBNAIL_SIDE // 2, THUMBNAIL_SIDE // 2), cv2.CV_32F)


def _lattice(places: npt.ArrayLike) -> Points:
    return np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2).astype(np.float32)


_POINTS = _lattice(np.linspace(0.08 * THUMBNAIL_SIDE, 0.92 * THUMBNAIL_SIDE - 1, 8))
_CORNERS = _lattice(np.arange(0, THUMBNAIL_SIDE + 1, CELL))  # of the cells


@dataclass(frozen=True)
class Alignment:
    """`matrix` [2, 3] takes a place of the one picture to where it is in the other, in pixels;
    `corners` [9, 9, 2] are where those of the cells come to lie."""

    matrix: npt.NDArray[np.float64]
    corners: npt.NDArray[np.float64]

    @classmethod
    def of(cls, matrix: npt.NDArray[np.float64]) -> Alignment:
        corners = _CORNERS @ matrix[:, :2].T + matrix[:, 2]
        return cls(matrix, corners.reshape(CELLS + 1, CELLS + 1, 2))

    @property
    def moved(self) -> float:
        """How far the corner that moves most does, as a share of the side."""
        start = _CORNERS.reshape(self.corners.shape)
        return float(np.abs(self.corners - start).max()) / THUMBNAIL_SIDE

    def after(self, first: Alignment) -> Alignment:
        """Both movements, `first` before this one."""
        whole = np.vstack([self.matrix, (0, 0, 1)]) @ np.vstack([first.matrix, (0, 0, 1)])
        return Alignment.of(whole[:2])

    def inside(self) -> Flags:
        """Which cells [8, 8] of the one lie in the other too."""
        low, high = -_BEYOND, THUMBNAIL_SIDE + _BEYOND
        there: Flags = np.all((self.corners >= low) & (self.corners <= high), axis=-1)
        return there[1:, 1:] & there[:-1, 1:] & there[1:, :-1] & there[:-1, :-1]

    def laid_over(self, plane: Plane) -> Plane:
        """The other picture's plane, as the one sees it."""
        side = (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        laid = cv2.warpAffine(
            plane, self.matrix, side, flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        return cast(Plane, laid)


def align(one: Outline, other: Outline, least: float) -> Alignment | None:
    """How the other picture lies to the one; None where no small movement of the whole fits.

    A first guess by phase correlation; then points all over the one are tracked into the other,
    and the movement that most of them agree on is taken. `least` is what the first guess must have
    for itself (0 to 1), before more is spent on it.
    """
    guess = _guess(one, other, least)
    if guess is None:
        return None
    ends = _POINTS + guess
    inside = ((ends >= _MARGIN) & (ends < THUMBNAIL_SIDE - _MARGIN)).all(axis=1)
    starts = _POINTS[inside]
    if len(starts) < _LEAST_TRACKED:
        return None
    found, _, _ = cv2.calcOpticalFlowPyrLK(
        one.tracked,
        other.tracked,
        starts,
        ends[inside],
        winSize=(_WINDOW, _WINDOW),
        maxLevel=1,
        criteria=_TRACKING,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return _agreed(starts, cast(Points, found))


def _guess(one: Outline, other: Outline, least: float) -> Points | None:
    """How far the other picture is shifted; nothing, where both agree as they lie.

    Phases are those of what saving leaves of fine detail, too: they may tell of no shift of a soft
    picture that was saved anew. Drawn ones are alike as they lie.
    """
    drawn = min(one.plain, other.plain) > PLAIN
    if not drawn and _at_rest(one.half, other.half) > _UNMOVED:
        return np.zeros(2, np.float32)
    shift, response = cv2.phaseCorrelate(one.half, other.half, _WINDOWED)
    guess = np.array(shift, np.float32) * 2
    if response >= least and np.abs(guess).max() <= _FARTHEST * THUMBNAIL_SIDE:
        return guess
    if drawn:
        return None
    both = float(one.energy.sum()) * float(other.energy.sum())
    agreed = float(one.residue.product(other.residue).sum())
    return np.zeros_like(guess) if agreed > _AS_THEY_LIE * both**0.5 > 0 else None


def _at_rest(one: Plane, other: Plane) -> float:
    both = float(np.vdot(one, one)) * float(np.vdot(other, other))
    return float(np.vdot(one, other)) / both**0.5 if both > 0 else 0.0


def _agreed(starts: Points, ends: Points) -> Alignment | None:
    matrix, agreeing = cv2.estimateAffine2D(
        starts,
        ends,
        ransacReprojThreshold=_TOLERANCE,
        maxIters=100,
        confidence=0.98,
        refineIters=3,
    )
    if matrix is None or agreeing.mean() < _LEAST_AGREED:
        return None
    alignment = Alignment.of(np.asarray(matrix, np.float64))
    return alignment if alignment.moved <= _FARTHEST else None
