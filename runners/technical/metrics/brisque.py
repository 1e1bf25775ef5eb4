"""BRISQUE: how far a picture's statistics are from those of undamaged photos, as 0..1."""

from __future__ import annotations

from runners.technical.metrics.metric import LUMA, Metric
from runners.technical.metrics.natural_scene import natural_scene_features
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading, no_reading
from runners.technical.metrics.support_vectors import live_model

SMALLEST_SIDE = 32  # px; under it the half-size picture is nearly all border
_WORST = 100.0  # end of the scale on which the model was trained; scores may lie past both ends
_DEGRADED = 0.4  # blur of 2 px, JPEG quality 10 and noise of 25 levels read about this


def brisque(picture: Picture) -> Reading:
    """How natural a picture is, from 0 (heavily damaged) to 1 (as good as undamaged photos).

    At full and at half size each pixel is set against its surroundings, m = (Y - mu) / (sd + 1);
    distributions fitted to m and to the products of neighbours give 36 features, and a support
    vector regression, trained on the opinions of people, a raw score: 0 good, 100 bad.
    brisque is 1 - clip(raw, 0, 100) / 100.

    Parameters
    ----------
    picture : uint8 [h, w]
        Luma 0.299 R + 0.587 G + 0.114 B, rounded, 0..255, long side at most 1024.

    Returns
    -------
    Reading
        value in [0, 1], high means undamaged; detail `raw`, unlimited. None, "too_small", where a
        side is under 32 px; None, "flat", without variance or where neighbours never differ, or
        never agree, in sign.

    Notes
    -----
    Sees compression, blur and noise, and takes blur that is meant for damage: a misty lake or a
    shallow depth of field reads 0.4 or less. Compare only pictures of the same long side.
    Computed in single precision as in piq 0.8.0: raw is within 0.1 of piq's with the same model.
    Double precision moves it by up to 0.2, where large areas are flat.

    References
    ----------
    A. Mittal, A. K. Moorthy, A. C. Bovik, No-reference image quality assessment in the spatial
    domain, IEEE Trans. Image Processing 21, 2012, doi:10.1109/TIP.2012.2214050.
    Model: BRISQUE Software Release, LIVE, 2011; see config/brisque/LICENSE.md.
    """
    if picture.smallest_side < SMALLEST_SIDE:
        return no_reading("too_small")
    features = natural_scene_features(picture.pixels)
    if features is None:
        return no_reading("flat")
    raw = live_model().score(features)
    return scaled(raw)


def _finding(reading: Reading) -> str | None:
    degraded = reading.value is not None and reading.value < _DEGRADED
    return "visibly degraded: compression, blur (meant or not) or noise" if degraded else None


def scaled(raw: float) -> Reading:
    """A raw score (0 best, 100 worst, a little beyond at both ends) as a reading."""
    return Reading(1.0 - min(max(raw, 0.0), _WORST) / _WORST, {"raw": raw})


METRIC = Metric(
    name="brisque",
    function=brisque,
    range=(0.0, 1.0),
    direction="higher is better",
    high="Looks like an undamaged photo: natural contrast, no visible artefacts.",
    low="Compressed, noisy or blurred; soft on purpose (mist, bokeh) counts as blurred too.",
    version=3,
    view=LUMA,
    finding=_finding,
    of_drawn="nothing",
)
