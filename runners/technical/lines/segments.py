"""The line segments of a picture, by OpenCV's detector: the level ones and the steep ones."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from framed.photo import Pixels

_STEEPEST = 30.0  # degrees; steeper is no horizon
_SHORTEST = 0.03  # widths
EDGE = 0.015  # widths from a side of the picture, where a frame's line would be
_ALONG = 0.3  # degrees from along it
_ORDER_LEVELS = 32  # 1024, the default, finds the same horizons and costs a quarter more

Values = npt.NDArray[np.float64]


class Segments(NamedTuple):
    """Segments by their left (0) and right (1) ends, ordered by x0; float64 [n] each.

    In widths of the picture: x from its left edge, y UPWARDS from its top edge. `degrees` is
    positive where the right end is higher.
    """

    x0: Values
    y0: Values
    x1: Values
    y1: Values
    length: Values
    degrees: Values

    def where(self, kept: npt.NDArray[np.bool_ | np.intp]) -> Segments:
        """Those of a mask [n], or of places, in their order."""
        return Segments(*(values[kept] for values in self))


def long_segments(grey: Pixels) -> Segments:
    """Segments of a picture uint8 [h, w], 0.03 widths long or more."""
    ends = _detected(grey) / grey.shape[1]
    ends = ends[np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]) >= _SHORTEST]
    swapped = np.where(ends[:, :1] > ends[:, 2:3], ends[:, [2, 3, 0, 1]], ends)
    x0, y0, x1, y1 = swapped[np.argsort(swapped[:, 0], kind="stable")].T * [[1], [-1], [1], [-1]]
    dx, dy = x1 - x0, y1 - y0
    return Segments(x0, y0, x1, y1, np.hypot(dx, dy), np.degrees(np.arctan2(dy, dx)))


def clear_of_edges(found: Segments, aspect: float) -> Segments:
    """Those that do not run along a side of the picture, as what is left of a frame does.

    `aspect` is the picture's height by its width.
    """
    x, y = np.stack([found.x0, found.x1]), np.stack([found.y0, found.y1])
    across = (np.abs(found.degrees) <= _ALONG) & _near(y, 0.0, -aspect)
    upright = (np.abs(found.degrees) >= 90 - _ALONG) & _near(x, 0.0, 1.0)
    return found.where(~(across | upright))


def _near(ends: Values, one: float, other: float) -> npt.NDArray[np.bool_]:
    """Whether both ends, [2, n], are as good as at one or the other side."""
    near = np.minimum(np.abs(ends - one), np.abs(ends - other)) <= EDGE
    return np.asarray(near.all(axis=0))


def level_of(found: Segments) -> Segments:
    """Those within 30 degrees of level, which may be of a horizon."""
    return found.where(np.abs(found.degrees) <= _STEEPEST)


def steep_of(found: Segments) -> Segments:
    """The others."""
    return found.where(np.abs(found.degrees) > _STEEPEST)


def _detected(grey: Pixels) -> Values:
    """Segments as x, y, x, y in px, float64 [n, 4]."""
    # one detector a call: one that two threads share ends the process (OpenCV 5.0)
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE, n_bins=_ORDER_LEVELS)
    lines = detector.detect(grey)[0]
    return np.empty((0, 4)) if lines is None else np.asarray(lines, np.float64).reshape(-1, 4)
