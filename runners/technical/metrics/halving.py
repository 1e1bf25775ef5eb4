"""A picture at half its size, as MATLAB's imresize makes it: bicubic, with antialiasing."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from runners.technical.metrics.strips import strips

Plane = npt.NDArray[np.float32]

_BEFORE, _AFTER = 3, 4  # px that the kernel reaches past the edges


def halved(grey: npt.NDArray[np.uint8]) -> Plane:
    """`grey` uint8 [h, w], sides of at least 8, reduced to float32 [h // 2, w // 2].

    Keys' cubic (a = -0.5) stretched to twice its width, edges mirrored (c b a | a b c). An odd
    side shrinks by a little more than 2, so that its weights change along it. Values may swing
    past 0 and 255.
    """
    padded = cv2.copyMakeBorder(grey, _BEFORE, _AFTER, _BEFORE, _AFTER, cv2.BORDER_REFLECT)
    low = np.empty((padded.shape[1], grey.shape[0] // 2), np.float32)  # on its side
    down, across = map(_weights, grey.shape)
    for rows in strips(*low.shape[::-1]):
        near = padded[2 * rows.start : 2 * rows.stop + len(down)].astype(np.float32)
        low[:, rows] = _every_second(near, down[:, rows]).T
    return np.ascontiguousarray(_every_second(low, across).T)


def _every_second(plane: Plane, weights: Plane) -> Plane:
    """Row i is the sum of rows 2i, 2i + 1 .. of `plane` times `weights` [taps, rows]."""
    taps, rows = weights.shape
    near = sliding_window_view(plane, taps, axis=0)[: 2 * rows : 2]
    # adds up without temporaries, and needs no BLAS, which would wake its threads
    return np.asarray(np.einsum("rct,tr->rc", near, weights), dtype=np.float32)


def _weights(length: int) -> Plane:
    """Weights float32 [taps, length // 2] of the source rows 2i - 3 onwards, for each row i."""
    half = length // 2
    scale = half / length
    centres = (np.arange(half) + 0.5) / scale - 0.5
    taps = 2 * np.arange(half)[:, np.newaxis] - _BEFORE + np.arange(8 + length % 2)
    weights = _cubic((centres[:, np.newaxis] - taps) * scale)
    shares = weights / weights.sum(axis=1, keepdims=True)
    return np.ascontiguousarray(shares.T, dtype=np.float32)


def _cubic(distance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """R. G. Keys' cubic convolution kernel with a = -0.5 (doi:10.1109/TASSP.1981.1163711)."""
    x = np.abs(distance)
    near = (1.5 * x - 2.5) * x**2 + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))
