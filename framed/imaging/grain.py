"""What a photo's own pixels show at their finest: to tell what was enlarged, smoothed or saved anew.

An enlarged picture has next to nothing in the frequencies above those of the picture it was made
from, where a camera's has detail, and its noise at least. Nothing tells of it any more where
noise was added to an enlarged picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np
import numpy.typing as npt

from framed.imaging.tones import tones_of
from framed.photo import GRAIN_RINGS, Grain, Photo, Pixels

Plane = npt.NDArray[np.float32]
Levels = npt.NDArray[np.float64]

_TILE, _TILES = 128, 5  # px; a side, evenly over the picture
_LOOKED_AT = 1024  # px a side, for what repeats itself
_JPEG_BLOCK = 8  # px
_REPEATED = 0.3  # of the step between columns nearby: these two are one column twice


def grain_of(photo: Photo) -> Grain:
    """The grain of the pixels as decoded; all but flat where they are too few to tell."""
    grey = _grey(_middle(photo.pixels))
    steps = _column_steps(grey), _column_steps(cast(Plane, grey.T))
    return Grain(
        side=max(photo.pixels.shape[:2]),
        spectrum=tuple(float(each) for each in _spectrum(photo.pixels)),
        step=min(float(means.mean()) if means.size else 0.0 for means, _ in steps),
        blocks=min(map(_blocks, steps)),
        repeats=min(map(_repeats, steps)),
        polychromy=tones_of(photo).polychromy,
    )


def _rings() -> npt.NDArray[np.intp]:
    """Of each place of a tile's half spectrum: the larger of its two frequencies, in rings."""
    frequencies = np.abs(np.fft.fftfreq(_TILE)) * 2
    larger = np.maximum(frequencies[:, None], frequencies[None, : _TILE // 2 + 1])
    return np.minimum((larger * GRAIN_RINGS).astype(np.intp), GRAIN_RINGS - 1).ravel()


_RING = _rings()
_IN_RING = np.bincount(_RING, minlength=GRAIN_RINGS)
_WINDOW = np.outer(np.hanning(_TILE), np.hanning(_TILE)).astype(np.float32)
_WINDOW_ENERGY = float((_WINDOW**2).sum())


def _spectrum(pixels: Pixels) -> Levels:
    """Mean power by ring, such that white noise has its variance in each; zeros for no tile."""
    found = [_tile_spectrum(tile) for tile in _tiles(pixels)]
    return cast(Levels, np.mean(found, axis=0)) if found else np.zeros(GRAIN_RINGS)


def _tile_spectrum(tile: Plane) -> Levels:
    power = np.abs(np.fft.rfft2((tile - tile.mean()) * _WINDOW)) ** 2 / _WINDOW_ENERGY
    return cast(Levels, np.bincount(_RING, power.ravel(), GRAIN_RINGS) / _IN_RING)


def _tiles(pixels: Pixels) -> Iterator[Plane]:
    height, width = pixels.shape[:2]
    if min(height, width) < _TILE:
        return
    for top in np.linspace(0, height - _TILE, _TILES).astype(int):
        for left in np.linspace(0, width - _TILE, _TILES).astype(int):
            yield _grey(pixels[top : top + _TILE, left : left + _TILE])


def _grey(pixels: Pixels) -> Plane:
    import cv2  # 0.2 s, spared to processes that decode nothing

    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    return cast(Plane, grey.astype(np.float32))


def _middle(pixels: Pixels) -> Pixels:
    """Beginning at a JPEG's blocks, as they lie in most files."""
    height, width = pixels.shape[:2]
    top, left = (
        max(0, length - _LOOKED_AT) // 2 // _JPEG_BLOCK * _JPEG_BLOCK for length in (height, width)
    )
    return pixels[top : top + _LOOKED_AT, left : left + _LOOKED_AT]


def _column_steps(grey: Plane) -> tuple[Plane, Plane]:
    """The mean step between a column and the next; and by how much it exceeds its neighbours'."""
    steps = np.abs(np.diff(grey, axis=1))
    if steps.shape[1] < 3 * _JPEG_BLOCK:
        return np.zeros(0, np.float32), np.zeros(0, np.float32)
    means = cast(Plane, steps.mean(axis=0))
    return means, cast(Plane, means[1:-1] - 0.5 * (means[:-2] + means[2:]))


def _blocks(steps: tuple[Plane, Plane]) -> float:
    """By how much the step at the edges of a JPEG's blocks exceeds the others."""
    _, excess = steps
    if not excess.size:
        return 0.0
    by_phase = [float(excess[phase::_JPEG_BLOCK].mean()) for phase in range(_JPEG_BLOCK)]
    return max(by_phase) - float(np.median(by_phase))


def _repeats(steps: tuple[Plane, Plane]) -> float:
    """The share of columns that are the one before once more."""
    means, _ = steps
    if not means.size:
        return 0.0
    nearby = np.max([means[:-4], means[1:-3], means[3:-1], means[4:]], axis=0)
    return float(np.mean(means[2:-2] < _REPEATED * nearby))
