"""Whether a picture is drawn, written or plain rather than a photo."""

from __future__ import annotations

from dataclasses import asdict

from runners.technical.metrics.metric import Metric
from runners.technical.metrics.picture import LEAST_TELLING, Picture
from runners.technical.metrics.reading import Reading, no_reading

_DIGITS = 4


def drawn(picture: Picture) -> Reading:
    """How likely a picture is no photo but a page, screen, chart, map, drawing or one colour.

    Drawn pictures are flat to the very edge of their hard lines and have few grey levels; photos
    have texture, grain and soft edges. The shares in `plainness` are weighed by a logistic curve.

    Parameters
    ----------
    picture : uint8 [h, w]
        Grey preview, 0..255, without its borders.

    Returns
    -------
    Reading
        value in [0, 1], from 0.5 it is drawn; detail `drawn`, true or false, `likelihood`, the
        value, and the shares of `plainness`. None, "too_small", where a side is under 8 px.

    Notes
    -----
    Measured: of 2,500 photos 0.2 % are taken for drawn, things on plain white and a few lights in
    the night, and of 44 saved at JPEG quality 10 two; of 330 rendered pages, chats, charts, maps
    and icons in fonts that it was not fitted to, as PNG and as JPEG of quality 50 to 95, 98 % are
    found; of 130 screenshots 98 %. Among thumbnails of 144 px 2 % of photos are taken for drawn,
    cut out on white; under 100 px icons are missed. Shaded cartoons and noisy scans of small size
    pass for photos. A photo within a page counts by its share.

    References
    ----------
    Framed's own.
    """
    if picture.smallest_side < LEAST_TELLING:
        return no_reading("too_small")
    figures = {name: round(share, _DIGITS) for name, share in asdict(picture.plainness).items()}
    likelihood = picture.plainness.likelihood
    return Reading(likelihood, {"drawn": picture.drawn, "likelihood": likelihood, **figures})


def _finding(reading: Reading) -> str | None:
    return "drawn, written or plain, not a photo" if reading.detail["drawn"] else None


METRIC = Metric(
    name="drawn",
    function=drawn,
    range=(0.0, 1.0),
    direction="neither is better",
    high="A page, screen, chart, map, drawing, icon, or one colour.",
    low="A photo.",
    version=2,
    finding=_finding,
    headline=False,
    of_drawn="reading",
)
