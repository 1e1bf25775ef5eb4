"""A photo as culling sees it, and what it is found to be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from framed.photo import Likeness

Kind = Literal["copy", "burst"]
Vector = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Shot:
    """One photo of a batch, whose item has that `index`.

    `embedding` is a unit vector; `size` (width, height) of the whole upright photo, in pixels.
    `sharpness_local`, `exposure` and `brisque` are the metrics of these names; `bordered`: bars or
    a frame were found around it.
    """

    index: int
    embedding: Vector
    likeness: Likeness
    size: tuple[int, int]
    format: str
    sha256: str
    sharpness_local: float | None = None
    exposure: float | None = None
    brisque: float | None = None
    bordered: bool = False

    @property
    def pixels(self) -> int:
        return self.size[0] * self.size[1]

    @cached_property
    def scale(self) -> int:
        """The largest side at which the sharpness is known; 0: at none."""
        return max(self.likeness.sharpness, default=0)

    @property
    def measured(self) -> bool:
        """Whether there are figures to judge it by."""
        return self.scale > 0 and self.sharpness_local is not None


def same_scale(*shots: Shot) -> int | None:
    """The largest side at which the sharpness of all is known."""
    sides = set.intersection(*(set(shot.likeness.sharpness) for shot in shots))
    return max(sides, default=None)
