"""The technical metrics. METRICS is the table of all of them, in the order that users see.

A new metric is one file and one entry here.
"""

from __future__ import annotations

from runners.technical.metrics.exposure import exposure
from runners.technical.metrics.metric import GREY_PREVIEW, Metric
from runners.technical.metrics.noise import noise
from runners.technical.metrics.reading import Reading, no_reading
from runners.technical.metrics.sharpness import sharpness

__all__ = ["GREY_PREVIEW", "METRICS", "Metric", "Reading", "no_reading"]

METRICS: tuple[Metric, ...] = (
    Metric(
        name="sharpness",
        function=sharpness,
        range=(0.0, 1.0),
        direction="high: much fine contrast",
        version=1,
        summary="How much crisp detail the frame holds; compares shots of the same scene.",
    ),
    Metric(
        name="exposure",
        function=exposure,
        range=(0.0, 1.0),
        direction="high: well exposed",
        version=1,
        summary="Balanced mid-tones, a full range of tones, nothing lost in black or white.",
    ),
    Metric(
        name="noise",
        function=noise,
        range=(0.0, 1.0),
        direction="high: noisy",
        version=1,
        summary="Grain in the picture; a high value means a noisy photo, or very fine texture.",
    ),
)
