"""The technical metrics as one usually writes them: OpenCV, numpy percentiles, two libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from framed.photo import Pixels
from runners.technical.metrics.library import piq_brisque


def usual_metrics() -> Callable[[Pixels, Pixels], tuple[Any, ...]]:
    """Sharpness, exposure, noise and BRISQUE, a function of grey preview and RGB at 1024 px."""
    from skimage import restoration

    estimate_sigma: Any = restoration.estimate_sigma  # not annotated
    brisque = piq_brisque()

    def measure(grey: Pixels, rgb: Pixels) -> tuple[Any, ...]:
        return _sharpness(grey), _exposure(grey), estimate_sigma(grey / 255.0), brisque(rgb)

    return measure


def _sharpness(grey: Pixels) -> float:
    gx, gy = (cv2.Sobel(grey, cv2.CV_64F, dx, dy, ksize=3) for dx, dy in ((1, 0), (0, 1)))
    return float(np.tanh(np.mean(gx**2 + gy**2) / 2000))


def _exposure(grey: Pixels) -> tuple[Any, ...]:
    p1, p50, p99 = np.percentile(grey, (1, 50, 99)) / 255
    return p1, p50, p99, np.mean(grey <= 2), np.mean(grey >= 253)
