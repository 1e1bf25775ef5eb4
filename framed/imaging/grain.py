"""What a photo's own pixels show at their finest: what was enlarged, smoothed or saved anew.

An enlarged picture has next to nothing in the frequencies above those of the picture it was made
from, where a camera's has detail, and its noise at least. Nothing tells of it any more where
noise was added to an enlarged picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import numpy.typing as npt

from framed.imaging.tones import tones_of
from framed.photo import GRAIN_RINGS, Grain, Photo, Pixels

Plane = npt.NDArray[np.float32]
Rings = npt.NDArray[np.intp]
Levels = npt.NDArray[np.float64]

_TILE, _TILES = 128, 4  # px; a side, evenly over the picture
_LOOKED_AT = 640  # px a side, for what repeats itself
_COARSE = 16  # px; noise has no colour in the mean of as many
_JPEG_BLOCK = 8  # px
_REPEATED = 0.5  # of the step between columns nearby: these two are one column twice


def grain_of(photo: Photo) -> Grain:
    """The grain of the pixels as decoded; all but flat where they are too few to tell."""
    grey = _grey(_middle(photo.pixels))
    steps = _column_steps(grey), _column_steps(grey.T)
    tiles = list(_tiles(photo.pixels))
    return Grain(
        side=max(photo.pixels.shape[:2]),
        spectrum=tuple(float(each) for each in _spectrum(tiles)),
        step=min(float(means.mean()) for means, _ in steps),
        blocks=min(map(_blocks, steps)),
        repeats=min(map(_repeats, steps)),
        polychromy=tones_of(replace(photo, pixels=_coarse(tiles or [photo.pixels]))).polychromy,
    )


def _rings() -> Rings:
    """Of each place of a tile's half spectrum: the larger of its two frequencies, in rings."""
    frequencies = np.abs(np.fft.fftfreq(_TILE)) * 2
    larger = np.maximum(frequencies[:, None], frequencies[None, : _TILE // 2 + 1])
    return cast(Rings, np.minimum(larger * GRAIN_RINGS, GRAIN_RINGS - 1).astype(np.intp).ravel())


_RING = _rings()
_IN_RING = np.bincount(_RING, minlength=GRAIN_RINGS)
_WINDOW = np.outer(np.hanning(_TILE), np.hanning(_TILE)).astype(np.float32)
_WINDOW_ENERGY = float((_WINDOW**2).sum())


def _spectrum(tiles: Sequence[Pixels]) -> Levels:
    """Mean power by ring, such that white noise has its variance in each; zeros for no tile."""
    found = [_tile_spectrum(_grey(tile)) for tile in tiles]
    return np.mean(found, axis=0) if found else np.zeros(GRAIN_RINGS)


def _tile_spectrum(tile: Plane) -> Levels:
    power = np.abs(np.fft.rfft2((tile - tile.mean()) * _WINDOW)) ** 2 / _WINDOW_ENERGY
    return np.bincount(_RING, power.ravel(), GRAIN_RINGS) / _IN_RING


def _tiles(pixels: Pixels) -> Iterator[Pixels]:
    height, width = pixels.shape[:2]
    if min(height, width) < _TILE:
        return
    for top in np.linspace(0, height - _TILE, _TILES).astype(int):
        for left in np.linspace(0, width - _TILE, _TILES).astype(int):
            yield pixels[top : top + _TILE, left : left + _TILE]


def _coarse(tiles: Sequence[Pixels]) -> Pixels:
    """All tiles, one under the other, so small that noise has no colour."""
    import cv2  # 0.2 s, spared to processes that decode nothing

    sides = ([max(1, length // _COARSE) for length in tile.shape[1::-1]] for tile in tiles)
    small = [
        cv2.resize(tile, side, interpolation=cv2.INTER_AREA)
        for tile, side in zip(tiles, sides, strict=True)
    ]
    return cast(Pixels, np.concatenate(small))


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
    means = cast(Plane, np.abs(np.diff(grey, axis=1)).mean(axis=0))
    if means.size < 3 * _JPEG_BLOCK:
        means = np.zeros(3 * _JPEG_BLOCK, np.float32)
    return means, cast(Plane, means[1:-1] - 0.5 * (means[:-2] + means[2:]))


def _blocks(steps: tuple[Plane, Plane]) -> float:
    """By how much the step at the edges of a JPEG's blocks exceeds the others."""
    _, excess = steps
    by_phase = _by_phase(excess)
    return max(by_phase) - float(np.median(by_phase))


def _by_phase(excess: Plane) -> list[float]:
    return [float(excess[phase::_JPEG_BLOCK].mean()) for phase in range(_JPEG_BLOCK)]


def _repeats(steps: tuple[Plane, Plane]) -> float:
    """The share of columns that are the one before once more; edges of blocks left out."""
    means, excess = steps
    edge = 1 + int(np.argmax(_by_phase(excess)))
    even = means.copy()
    between = 0.5 * (means[:-2] + means[2:])
    even[edge:-1:_JPEG_BLOCK] = between[edge - 1 :: _JPEG_BLOCK]
    nearby = np.max([even[:-4], even[1:-3], even[3:-1], even[4:]], axis=0)
    return float(np.mean(even[2:-2] < _REPEATED * nearby))
