"""Grey pictures for the metric tests: drawn ones, damaged ones, and the shared photos' previews."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

PHOTOS = Path(__file__).parents[3] / "shared" / "data" / "photos"
LONG_SIDE = 512

Grey = npt.NDArray[np.uint8]


def flat(level: int, height: int = 64, width: int = 64) -> Grey:
    """One grey level everywhere."""
    return np.full((height, width), level, np.uint8)


def step_edge() -> Grey:
    """64 to the left of column 256, 192 from there on; 512x340."""
    grey = flat(64, 340, 512)
    grey[:, 256:] = 192
    return grey


def ramp() -> Grey:
    """Every grey level once a row, 64 rows."""
    return np.tile(np.arange(256, dtype=np.uint8), (64, 1))


def checkerboard(height: int = 64, width: int = 64) -> Grey:
    """Black and white pixels in turn."""
    rows, columns = np.indices((height, width))
    return ((rows + columns) % 2 * 255).astype(np.uint8)


def gaussian_field(sigma: float, side: int = 512) -> Grey:
    """Mid-grey with white noise of `sigma` grey levels."""
    return with_noise(flat(128, side, side), sigma)


def hills(height: int = 200, width: int = 301) -> Grey:
    """A self-made scene with soft and hard parts, always there where the photos are not."""
    y, x = np.mgrid[:height, :width]
    scene: npt.NDArray[np.float64] = (
        120 + 60 * np.sin(x / 17) * np.cos(y / 23) + 40 * ((x // 31 + y // 29) % 2)
    )
    return np.clip(scene, 0, 255).astype(np.uint8)


def blurred(grey: Grey, sigma: float) -> Grey:
    """The picture after a Gaussian blur of `sigma` px; 0 leaves it alone."""
    if not sigma:
        return grey
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), dtype=np.uint8)


def with_noise(grey: Grey, sigma: float, seed: int = 7) -> Grey:
    """The picture with white noise of `sigma` grey levels; the same seed, the same grain."""
    grain = np.random.default_rng(seed).standard_normal(grey.shape) * sigma
    return np.clip(np.rint(grey + grain), 0, 255).astype(np.uint8)


def exposed(grey: Grey, stops: float) -> Grey:
    """The picture as if exposed by `stops` more, in linear light (sRGB curve)."""
    encoded = grey / 255.0
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear * 2.0**stops, 0.0, 1.0)
    again: npt.NDArray[np.float64] = np.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    return np.asarray(np.rint(again * 255.0), dtype=np.uint8)


def preview(photo: Path | BytesIO) -> Grey:
    """The grey preview of an upright sRGB photo: long side at most 512, by area averaging."""
    grey = cv2.cvtColor(np.asarray(Image.open(photo).convert("RGB")), cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    scale = LONG_SIDE / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, dtype=np.uint8)
