"""Exposure from the histogram: middle tone, range of tones, and clipping."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from runners.technical.metrics.metric import Metric
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading

_FULL_RANGE = 0.9  # p99 - p1 from which the range of tones counts as full
_WORST_CLIPPING = 0.25  # share of clipped pixels at which the penalty is complete
_TELLING = 0.05  # share of lost tones that a photographer would want to hear of
_DARK, _BRIGHT = 0.2, 0.8  # p50 from which a picture is called so
_CLIPPED_LEVELS = 3  # 0..2 are lost shadows, 253..255 lost lights: JPEG noise moves black by 2


def exposure(picture: Picture) -> Reading:
    """How well exposed a picture is, from 0 (all black, all white) to 1.

    With p1, p50, p99 the smallest grey levels whose cumulative share reaches 1, 50 and 99 %,
    over 255, and `clip_low`, `clip_high` the shares of levels 0..2 and 253..255:
    exposure = (0.5 mid + 0.5 range) (1 - 0.5 clip), where mid = max(0, 1 - 2 |p50 - 0.5|),
    range = min(1, (p99 - p1) / 0.9), clip = min(1, (clip_low + clip_high) / 0.25).

    Parameters
    ----------
    picture : uint8 [h, w]
        Grey preview, 0..255, at least one pixel.

    Returns
    -------
    Reading
        value in [0, 1], high means well exposed; detail `p1`, `p50`, `p99`, `clip_low`,
        `clip_high`, each in [0, 1]. Defined for every picture.

    Notes
    -----
    A photo of one scene gets its highest value near the right exposure. Across scenes it knows no
    intent: a concert or a night street, dark on purpose, scores low.

    References
    ----------
    The formula is Framed's own, from the three parts that its predecessor names: nearness to the
    middle tone, dynamic range by percentiles, penalty for clipping.
    """
    grey = picture.pixels
    histogram = np.bincount(grey.ravel(), minlength=256)
    p1, p50, p99 = (_percentile(histogram, percent) for percent in (1, 50, 99))
    clip_low = float(histogram[:_CLIPPED_LEVELS].sum() / grey.size)
    clip_high = float(histogram[-_CLIPPED_LEVELS:].sum() / grey.size)
    mid = max(0.0, 1.0 - 2.0 * abs(p50 - 0.5))
    tones = min(1.0, (p99 - p1) / _FULL_RANGE)
    clip = min(1.0, (clip_low + clip_high) / _WORST_CLIPPING)
    return Reading(
        (0.5 * mid + 0.5 * tones) * (1.0 - 0.5 * clip),
        {"p1": p1, "p50": p50, "p99": p99, "clip_low": clip_low, "clip_high": clip_high},
    )


def _finding(reading: Reading) -> str | None:
    """Lost tones first, then a middle tone far from the middle."""
    shares = {"black": reading.detail["clip_low"], "white": reading.detail["clip_high"]}
    if lost := [f"{share:.0%} in {end}" for end, share in shares.items() if share >= _TELLING]:
        return f"lost of the frame: {' and '.join(lost)}"
    p50 = reading.detail["p50"]
    if p50 < _DARK:
        return "dark overall"
    return "bright overall" if p50 > _BRIGHT else None


def _percentile(histogram: npt.NDArray[np.intp], percent: int) -> float:
    """Smallest level, over 255, whose cumulative share is at least `percent`."""
    cumulative = np.cumsum(histogram)  # whole numbers: a share of exactly 1 % is never rounded away
    return float(np.searchsorted(100 * cumulative, percent * cumulative[-1])) / 255.0


METRIC = Metric(
    name="exposure",
    function=exposure,
    range=(0.0, 1.0),
    direction="higher is better",
    high="Balanced mid-tones, a full range of tones, nothing lost in black or white.",
    low="Too dark, too bright, flat, or clipped; a night scene is dark on purpose.",
    version=3,
    finding=_finding,
    of_drawn="reading",
)
