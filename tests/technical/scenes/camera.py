"""A pinhole camera that is turned by known angles, and what it sees of flat shapes in space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from tests.technical.pictures import Grey

WIDTH, HEIGHT = 512, 384
_FINER = 2  # drawn at twice the size, then averaged
_SHIFT = 4  # sixteenths of a pixel

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """Angles in degrees, lengths in metres; x is right, y ahead, z up; the ground is z = 0.

    `yaw` turns to the left, `pitch` looks up, `roll` lifts the picture's right side: a level line
    straight ahead is seen with its right end higher by `roll`. `focal` is in picture widths.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    height: float = 1.6
    focal: float = 0.9

    @cached_property
    def axes(self) -> Points:
        """Right, down and ahead of the turned camera in space, [3, 3]."""
        yaw, pitch, roll = np.radians([self.yaw, self.pitch, self.roll])
        ahead = np.array([-np.sin(yaw), np.cos(yaw), 0]) * np.cos(pitch)
        ahead[2] = np.sin(pitch)
        right = np.array([np.cos(yaw), np.sin(yaw), 0])
        down = np.cross(ahead, right)
        turned = right * np.cos(roll) + down * np.sin(roll)
        return np.stack([turned, down * np.cos(roll) - right * np.sin(roll), ahead])

    @cached_property
    def sides(self) -> Points:
        """Inward normals of the planes that bound what is seen, a little beyond its edges."""
        right, down = 0.6 / self.focal, 0.6 * HEIGHT / WIDTH / self.focal
        return np.array([(1, 0, right), (-1, 0, right), (0, 1, down), (0, -1, down)])

    def seen(self, points: Points) -> Points:
        """Points [n, 3] in space by the camera's own axes: right, down, ahead."""
        return np.asarray((points - [0, 0, self.height]) @ self.axes.T)


class Canvas:
    """A picture that is painted from far to near."""

    def __init__(self, camera: Camera, sky: float = 200.0) -> None:
        self.camera = camera
        self.pixels = np.full((HEIGHT * _FINER, WIDTH * _FINER), sky, np.uint8)

    def shape(self, points: Sequence[Sequence[float]] | Points, grey: float) -> None:
        """Paints a flat convex shape, its corners in space."""
        corners = self.camera.seen(np.asarray(points, np.float64))
        inside = corners @ self.camera.sides.T >= 0
        if not inside.any(axis=0).all():
            return
        for side in self.camera.sides[~inside.all(axis=0)]:
            corners = _cut(corners, side)
        if len(corners) < 3:
            return
        scale = self.camera.focal * WIDTH * _FINER
        middle = np.array([WIDTH, HEIGHT]) * _FINER / 2 - 0.5
        flat = corners[:, :2] / corners[:, 2:] * scale + middle
        fixed = np.rint(flat * 2**_SHIFT).astype(np.int32)
        cv2.fillConvexPoly(self.pixels, fixed, int(np.clip(grey, 0, 255)), cv2.LINE_AA, _SHIFT)

    def grey(self) -> Grey:
        """The picture at its own size, uint8 [384, 512]."""
        size = (WIDTH, HEIGHT)
        return np.asarray(cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _cut(corners: Points, side: Points) -> Points:
    """The part of a convex shape [n, 3] on the inner side of a plane through the lens."""
    kept: list[Points] = []
    for here, there in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        inside, next_inside = here @ side, there @ side
        if inside >= 0:
            kept.append(here)
        if (inside >= 0) != (next_inside >= 0):
            kept.append(here + (there - here) * inside / (inside - next_inside))
    return np.array(kept).reshape(-1, 3)
