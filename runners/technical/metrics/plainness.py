"""How likely a picture is drawn, written or plain: by what share of it stands still, and how."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Shares = npt.NDArray[np.float64]

_LEVELS = 64  # bins of 4 grey levels, which take in the noise of a JPEG's flat areas
_FEW = 8  # of these bins
_STILL = 3  # grey levels within 3x3 px that JPEG leaves of a flat area
_REACH = 9  # px; drawn lines and letters have flat ground within 4 px
_NO_EDGES, _ONE_COLOUR = 0.003, 0.9  # shares, of all pixels and of the calm ones
_GROUNDS = 0.5  # share; pages and charts have 0.65 and more, cartoons 0.57, JPEGs of quality 10 0.2
_LEAST = 0.02  # share; keeps the ratios of next to nothing calm

# By logistic regression: of 2,500 photos, 2,400 more on plain grounds or spoilt (too light, too
# dark, hazy, blurred ...), 1,300 rendered pictures and 110 cartoons, as PNG and as JPEG.
_WEIGHTS = np.array([-11.9, 7.1, -4.3, 9.9, 4.4, 3.1, -4.8, -9.4, -10.3])
_BIAS = 0.45


@dataclass(frozen=True)
class Plainness:
    """What a grey picture is made of, each in [0, 1].

    `far`: share of the pixels with no flat place within 4 px; `calm`: share whose 3x3 px span at
    most 6 grey levels; `steady`: how many of these span at most 1; `few_levels`: share of the 8
    commonest of 64 levels, and `next_levels` without the first two, of the rest; of the pixels that
    are not calm, `hard` span over 48 levels and `middling` 7 to 24.
    """

    far: float
    steady: float
    calm: float
    few_levels: float
    next_levels: float
    hard: float
    middling: float
    grounds: float

    @cached_property
    def likelihood(self) -> float:
        """0 (a photo) to 1 (drawn, written or plain)."""
        if self.hard * (1.0 - self.calm) < _NO_EDGES and self.steady < _ONE_COLOUR:
            return 0.0  # haze and darkness have few levels, too, but neither edges nor stillness
        if self.grounds < _GROUNDS:
            return 0.0  # what JPEG flattened of a photo has the photo's many tones
        far, *others, _ = astuple(self)
        far = math.sqrt(far)
        terms = [far, *others, self.calm * self.few_levels, self.calm * far]
        return 1.0 / (1.0 + math.exp(-_BIAS - float(_WEIGHTS @ terms)))


def plainness(grey: Pixels) -> Plainness:
    """What `grey`, uint8 [h, w] with a long side of at most some 512, is made of."""
    window = np.ones((3, 3), np.uint8)
    span = np.asarray(cv2.subtract(cv2.dilate(grey, window), cv2.erode(grey, window)), np.uint8)
    over = {levels: _share_over(span, levels) for levels in (1, 6, 24, 48)}
    _, mask = cv2.threshold(span, _STILL, 1, cv2.THRESH_BINARY_INV)
    still = np.asarray(mask, np.uint8)
    commonest = np.cumsum(np.sort(_levels(grey))[: -_FEW - 1 : -1])
    first, few = float(commonest[1]), float(commonest[-1])
    calm = 1.0 - over[6]
    rest = over[6] + _LEAST
    return Plainness(
        far=_share_far(still),
        steady=(1.0 - over[1]) / (calm + _LEAST),
        calm=calm,
        few_levels=few,
        next_levels=(few - first) / (1.0 - first + _LEAST),
        hard=over[48] / rest,
        middling=(over[6] - over[24]) / rest,
        grounds=(first + float(np.sort(_levels(grey, still))[-2:].sum())) / 2,
    )


def _share_over(span: Pixels, levels: int) -> float:
    return cv2.countNonZero(cv2.threshold(span, levels, 1, cv2.THRESH_BINARY)[1]) / span.size


def _levels(grey: Pixels, among: Pixels | None = None) -> Shares:
    """Shares of 64 levels in every second row, which is enough, or fourth of those in `among`."""
    rows, mask = (grey[::2], None) if among is None else (grey[::4], among[::4])
    counts = cv2.calcHist([rows], [0], mask, [_LEVELS], [0, 256]).ravel().astype(np.float64)
    return np.asarray(counts / max(1.0, float(counts.sum())), np.float64)


def _share_far(still: Pixels) -> float:
    near = cv2.dilate(still, np.ones((_REACH, _REACH), np.uint8))
    return 1.0 - cv2.countNonZero(near) / near.size
