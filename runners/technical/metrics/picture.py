"""One picture on its way through the metrics, with what several of them need of it."""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from runners.technical.metrics.border_lines import Borders
from runners.technical.metrics.plainness import Plainness, plainness
from runners.technical.metrics.wavelet import noise_sigma

Pixels = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]

NO_BORDERS = Borders()
LEAST_TELLING = 8  # px of a side from which a picture may count as drawn
_LIKELY = 0.5


class Picture:
    """A view of a photo, uint8 [h, w] or [h, w, 3], read only; not for several threads.

    Everything derived is computed when it is first asked for, and once. `borders` are what was
    cut away around it.
    """

    def __init__(self, pixels: Pixels, borders: Borders = NO_BORDERS) -> None:
        self.pixels = pixels
        self.borders = borders

    @property
    def smallest_side(self) -> int:
        """In pixels."""
        return int(min(self.pixels.shape[:2]))

    @cached_property
    def plainness(self) -> Plainness:
        """What share of a grey picture stands still, and how (see `plainness`)."""
        return plainness(self.pixels)

    @property
    def drawn(self) -> bool:
        """Whether a grey preview is likelier drawn, written or plain than a photo, if it tells."""
        return self.smallest_side >= LEAST_TELLING and self.plainness.likelihood >= _LIKELY

    @cached_property
    def noise_sigma(self) -> float:
        """Standard deviation of the noise, of a grey picture in 0..1 (see `wavelet`)."""
        return noise_sigma(self.pixels)

    @cached_property
    def gradient_energy(self) -> Plane:
        """Squared Sobel 3x3 gradients of a grey picture, float32 [h, w], in squared grey levels."""
        return squared_gradient(self.pixels)


def squared_gradient(plane: npt.NDArray[np.uint8] | Plane) -> Plane:
    """gx^2 + gy^2 by Sobel 3x3 at scale 1, borders mirrored without the edge; float32 [h, w]."""
    energy = np.zeros(plane.shape, np.float32)
    for dx, dy in ((1, 0), (0, 1)):
        gradient = cv2.Sobel(plane, cv2.CV_32F, dx, dy, ksize=3)  # 8U would clip the negative half
        cv2.accumulateSquare(gradient, energy)
    return energy
