"""The camera's own noise, from the original pixels tile by tile, scaled to 0..1."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from runners.technical.metrics.metric import FULL_CROP, Metric
from runners.technical.metrics.noise import NOISIEST
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading, no_reading
from runners.technical.metrics.wavelet import MAD_OF_UNIT_GAUSSIAN, diagonal_detail

Item = TypeVar("Item", bound=np.generic)
Pixels = npt.NDArray[np.uint8]
Values = npt.NDArray[np.float64]

_TILE = 64  # px; 1,024 coefficients, enough for a median and small enough to find a calm place
_BLACK, _WHITE = 2, 253  # from these levels outwards noise is cut off, and reads too low
_MOST_CLIPPED = 0.2  # share of such pixels from which a tile tells nothing
_CALM_PERCENTILE = 25  # of the tiles: the textured ones read too high
_NOISY = 0.4  # 8 grey levels; texture alone reads up to about 0.36


def noise_full(picture: Picture) -> Reading:
    """How much noise the camera left in the original pixels, 0 (none) to 1; here HIGH IS WORSE.

    In each whole tile of 64x64 px sigma is the median of all absolute diagonal db2 coefficients
    over 0.6745; tiles with 20 % or more of their pixels at <= 2 or >= 253 are left out. With the
    25th percentile of these as sigma, noise_full is min(1, sigma / 0.08).

    Parameters
    ----------
    picture : uint8 [h, w]
        Grey centre crop of the original pixels, never resized, at most 1024x1024.

    Returns
    -------
    Reading
        value in [0, 1], high means noisy; detail `sigma` >= 0, of a picture in 0..1, and
        `tiles_used` >= 1. None, "too_small", where a side is under 64 px; None, "flat", where
        every tile is lost in black or white.

    Notes
    -----
    Unlike `noise` it is comparable between photos of any size. White noise of 3, 6, 12, 24 grey
    levels reads about 3.05, 5.9, 11.8, 23.2 grey levels on photos; an untouched JPEG reads 0.4.
    A picture that is fine texture all over still counts as noisy, an enlarged one as clean.

    References
    ----------
    D. L. Donoho, I. M. Johnstone, Ideal spatial adaptation by wavelet shrinkage,
    Biometrika 81, 1994, doi:10.1093/biomet/81.3.425.
    The tiles and their percentile are Framed's own.
    """
    if picture.smallest_side < _TILE:
        return no_reading("too_small")
    pixels = _whole_tiles(picture.pixels)
    usable = _clipped_shares(pixels) < _MOST_CLIPPED
    if not usable.any():
        return no_reading("flat")
    sigma = float(np.percentile(_tile_sigmas(pixels)[usable], _CALM_PERCENTILE))
    detail = {"sigma": sigma, "tiles_used": int(usable.sum())}
    return Reading(min(1.0, sigma / NOISIEST), detail)


def _whole_tiles(pixels: Pixels) -> Pixels:
    """The middle of the picture that whole tiles cover."""
    top, left = (side % _TILE // 2 for side in pixels.shape)
    height, width = (side // _TILE * _TILE for side in pixels.shape)
    return pixels[top : top + height, left : left + width]


def _clipped_shares(pixels: Pixels) -> Values:
    """Share of pixels near black or white by tile, float64 [tiles]."""
    clipped = (pixels <= _BLACK) | (pixels >= _WHITE)
    return np.asarray(_tiled(clipped, _TILE).mean(axis=1), np.float64)


def _tile_sigmas(pixels: Pixels) -> Values:
    """Noise by tile, float64 [tiles], of a picture in 0..1."""
    magnitudes = np.abs(diagonal_detail(pixels / 255.0))
    # a coefficient for two pixels; the one past them is of the mirrored border alone
    inside = magnitudes[: pixels.shape[0] // 2, : pixels.shape[1] // 2]
    medians = np.median(_tiled(inside, _TILE // 2), axis=1)
    return np.asarray(medians / MAD_OF_UNIT_GAUSSIAN, np.float64)


def _tiled(plane: npt.NDArray[Item], side: int) -> npt.NDArray[Item]:
    """[h, w] in whole tiles to [tiles, side * side], row after row."""
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    tiles = plane.reshape(rows, side, columns, side).swapaxes(1, 2)
    return tiles.reshape(rows * columns, side * side)


def _finding(reading: Reading) -> str | None:
    return "grain at full size, or very fine texture" if (reading.value or 0.0) > _NOISY else None


METRIC = Metric(
    name="noise_full",
    function=noise_full,
    range=(0.0, 1.0),
    direction="higher is worse",
    high="Grain at full size, as of a high ISO or lifted shadows.",
    low="Clean at full size; also where noise reduction has smoothed it away.",
    version=3,
    view=FULL_CROP,
    finding=_finding,
    on_request=True,
)
