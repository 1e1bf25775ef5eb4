"""Whether a picture is drawn, written or plain rather than a photo."""

from __future__ import annotations

from dataclasses import asdict

from runners.technical.metrics.metric import Metric
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading

_DIGITS = 4


def drawn(picture: Picture) -> Reading:
    """How likely a picture is no photo but a page, screen, chart, map, drawing or one colour.

    Drawn pictures are flat to the very edge of their hard lines and have few grey levels; photos
    have texture, grain and soft edges. Seven terms of the shares in `plainness` are weighed by a
    logistic curve.

    Parameters
    ----------
    picture : uint8 [h, w]
        Grey preview, 0..255, at least one pixel.

    Returns
    -------
    Reading
        value in [0, 1], from 0.5 it is drawn; detail `drawn`, true or false, `likelihood`, the
        value, and the shares of `plainness`. Defined for every picture.

    Notes
    -----
    Measured: of 2,500 photos 0.3 % are taken for drawn, all of them things cut out on plain white
    or black, or a few lights in the night; of 330 rendered pages, chats, charts, maps and icons in
    fonts that it was not fitted to, PNG and JPEG of quality 50 to 95, 98 % are found, of 130
    screenshots 98 %. Shaded cartoons and noisy scans of small size may pass for photos. A photo
    within a page counts by its share.

    References
    ----------
    Framed's own.
    """
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
    version=1,
    finding=_finding,
    headline=False,
    of_drawn="reading",
)
