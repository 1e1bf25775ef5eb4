"""The technical metrics. METRICS is the table of all of them, in the order that users see.

A new metric is one file and one entry here.
"""

from __future__ import annotations

from runners.technical.metrics import (
    borders,
    brisque,
    drawn,
    exposure,
    horizon,
    motion,
    noise,
    noise_full,
    sharpness,
    sharpness_local,
)
from runners.technical.metrics.metric import FULL_CROP, GREY_PREVIEW, LUMA, RGB, Metric
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading, no_reading

__all__ = [
    "FULL_CROP",
    "GREY_PREVIEW",
    "LUMA",
    "METRICS",
    "RGB",
    "Metric",
    "Picture",
    "Reading",
    "no_reading",
]

METRICS: tuple[Metric, ...] = (
    sharpness.METRIC,
    exposure.METRIC,
    noise.METRIC,
    brisque.METRIC,
    sharpness_local.METRIC,
    horizon.METRIC,
    motion.METRIC,
    noise_full.METRIC,
    drawn.METRIC,
    borders.METRIC,
)
