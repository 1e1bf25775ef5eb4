"""Noise from the finest diagonal wavelet coefficients, scaled to 0..1."""

from __future__ import annotations

from runners.technical.metrics.metric import Metric
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading, no_reading

NOISIEST = 0.08  # sigma that counts as 1; calibration of the pipeline that Framed takes over
_NOISY = 0.5  # texture alone reads up to about 0.45
SMALLEST_SIDE = 8  # px; under it nearly all coefficients touch a border


def noise(picture: Picture) -> Reading:
    """How noisy a picture is, from 0 (clean) to 1; here HIGH IS WORSE.

    sigma is the robust estimate from the median of the absolute diagonal db2 coefficients that are
    not zero, over 0.6745; noise is min(1, sigma / 0.08). Operands and their order are
    those of `skimage.restoration.estimate_sigma`, so that sigma is the same double.

    Parameters
    ----------
    picture : uint8 [h, w]
        Grey preview, 0..255; it is divided by 255.

    Returns
    -------
    Reading
        value in [0, 1], high means noisy; detail `sigma` >= 0, of a picture in 0..1.
        None, "too_small", where a side is under 8 px.

    Notes
    -----
    Fine texture counts as noise (a forest reads 0.4), and reduction hides noise: at 512 px a
    camera's noise is mostly averaged away. Compare only previews of the same long side.

    References
    ----------
    D. L. Donoho, I. M. Johnstone, Ideal spatial adaptation by wavelet shrinkage,
    Biometrika 81, 1994, doi:10.1093/biomet/81.3.425.
    """
    if picture.smallest_side < SMALLEST_SIDE:
        return no_reading("too_small")
    sigma = picture.noise_sigma
    return Reading(min(1.0, sigma / NOISIEST), {"sigma": sigma})


def _finding(reading: Reading) -> str | None:
    return "noisy, or very fine texture" if (reading.value or 0.0) > _NOISY else None


METRIC = Metric(
    name="noise",
    function=noise,
    range=(0.0, 1.0),
    direction="higher is worse",
    high="Grain in the picture, or texture as fine as grain: leaves, gravel, fabric.",
    low="Clean, or reduced so far that the camera's noise is averaged away.",
    version=3,
    finding=_finding,
)
