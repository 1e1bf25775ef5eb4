"""What the rest of the picture says of a line: whether it is level, or only runs away."""

from __future__ import annotations

from typing import Literal, NamedTuple

from framed.photo import Pixels
from runners.technical.lines.line import Horizon
from runners.technical.lines.pencil import directions, pencil_of
from runners.technical.lines.segments import Segments
from runners.technical.lines.sky import has_sky, parts
from runners.technical.lines.surface import is_askew, is_contrary, runs_away
from runners.technical.lines.uprights import (
    agree,
    are_known,
    may_be_masts,
    uprights_of,
)

_CLEAR = 0.2  # widths of steep segments

Witness = Literal["line", "verticals", "converging"]


class Verdict(NamedTuple):
    """Whether the line may be told, which witness decided, and if clear sky lies above."""

    holds: bool
    witness: Witness
    sky: bool = False


def judged(line: Horizon, level: Segments, steep: Segments, grey: Pixels) -> Verdict:
    """Whether a line is a horizon, by all segments of its picture uint8 [h, w].

    Uprights decide where there are any. Without them a line with the sky above it holds, and one
    of a family that runs to a vanishing point, or a tilted one of a surface, does not.
    """
    aspect = grey.shape[0] / grey.shape[1]
    parted = parts(line, grey)
    uprights = uprights_of(steep, aspect)
    if uprights is not None and are_known(uprights):
        holds = agree(uprights, line)
        if holds or not (parted and may_be_masts(uprights)):
            return Verdict(holds, "verticals")
    sky = parted and has_sky(line, level, steep)
    away = _runs_away(line, level, steep, aspect, sky)
    return Verdict(
        not away, "converging" if away else "line", sky and float(steep.length.sum()) <= _CLEAR
    )


def _runs_away(line: Horizon, level: Segments, steep: Segments, aspect: float, sky: bool) -> bool:
    family = pencil_of(directions(level, aspect))
    if family is not None and runs_away(family, sky):
        return True
    if sky:
        return False
    askew = family is not None and is_askew(line, family, level, steep)
    return askew or is_contrary(line, level, steep)
