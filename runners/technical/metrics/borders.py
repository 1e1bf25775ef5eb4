"""How much of a picture is bars, a frame or the white of a scan around it."""

from __future__ import annotations

from dataclasses import asdict

from runners.technical.metrics.metric import Metric
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading

_DIGITS = 4


def borders(picture: Picture) -> Reading:
    """What share of the picture is a border; all other metrics look at what is within.

    Parameters
    ----------
    picture : uint8 [h, w]
        Grey preview without its borders, which it remembers.

    Returns
    -------
    Reading
        value in [0, 1]; detail `left`, `top`, `right`, `bottom`, shares of the width and the
        height, only where there is a border. They reach 2 px of the preview into the picture, so
        that the border's edge is not measured.

    Notes
    -----
    See `border_lines` for what counts as one. A blurred copy of the picture beside it does not.

    References
    ----------
    Framed's own.
    """
    sides = picture.borders
    if not sides:
        return Reading(0.0)
    figures = {side: round(share, _DIGITS) for side, share in asdict(sides).items()}
    return Reading(sides.area, figures)


METRIC = Metric(
    name="borders",
    function=borders,
    range=(0.0, 1.0),
    direction="neither is better",
    high="Much of the file is bars or a frame; it was left out of the other metrics.",
    low="The picture fills its file.",
    version=2,
    headline=False,
    of_drawn="reading",
)
