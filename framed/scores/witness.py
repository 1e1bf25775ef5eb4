"""What a photo's pixels say of labels that speak of its pixels: a correction of match's logit.

Three kinds of labels, by their English names, are borne out or contradicted by the photo's tones:

- *colorful*: contradicted where the colourfulness M is low (nothing from 40, all at 20 and below),
  borne out where it is high (nothing until 60, all from 100).
- *black and white*: contradicted where M is high (nothing until 10, all from 30), borne out where
  it is near 0 (nothing from 5, all at 0). For *monochrome* the polychromy takes the place of M, so
  that a toned print is one.
- *night*: contradicted where the mean luma is high (nothing until .4, all from .6). A photo that
  says it was taken from 9 to 16 o'clock is contradicted besides where it is not dark either
  (nothing until .25, `DAYTIME` from .45); a clock alone contradicts nothing. Darkness bears nothing
  out: indoors it is no sign of night.

All ramps are straight between their ends. "All" is `CONTRADICTED` or `BORNE_OUT`; a sum is never
below the former: what the model matches with .93 is left with .03. What is borne out shrinks to
nothing, as the contrast falls from .1 to 0, where there is nothing to see.

The ends come from 382 labelled photos. M is at least 37 where they are colorful (below 30 in 41 %
of the others), at most 17.5 where they are black and white (above 20 in 91 % of the others); the
mean luma is at most .45 where it is night, and in 92 % of these at most .4 (above .5 in 44 % of the
others). The hour was tried on no photo, as none of them says it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from framed.photo import Tones

CONTRADICTED = -6.0  # in logits
BORNE_OUT = 2.0
DAYTIME = -2.0
PALE, VIVID = (40.0, 20.0), (60.0, 100.0)  # M: where a ramp starts, and where it ends
COLOURED, COLOURLESS = (10.0, 30.0), (5.0, 0.0)  # M, or the polychromy
BRIGHT, NOT_DARK = (0.4, 0.6), (0.25, 0.45)  # the mean luma
PLAIN = (0.0, 0.1)  # the contrast
_DAY = (9.0, 16.0)  # hours in which it is night nowhere but in polar winters

Witness = Callable[[Tones], float]


def _ramp(value: float, ends: tuple[float, float]) -> float:
    """0 up to the start, 1 from the end on, straight between them; the end may be the lower."""
    start, end = ends
    return min(1.0, max(0.0, (value - start) / (end - start)))


def _colorful(tones: Tones) -> float:
    m = tones.colourfulness
    return CONTRADICTED * _ramp(m, PALE) + _borne_out(_ramp(m, VIVID), tones)


def _black_and_white(tones: Tones) -> float:
    return _uncoloured(tones.colourfulness, tones)


def _monochrome(tones: Tones) -> float:
    return _uncoloured(tones.polychromy, tones)


def _uncoloured(colours: float, tones: Tones) -> float:
    return CONTRADICTED * _ramp(colours, COLOURED) + _borne_out(_ramp(colours, COLOURLESS), tones)


def _borne_out(part: float, tones: Tones) -> float:
    return BORNE_OUT * part * _ramp(tones.contrast, PLAIN)


def _night(tones: Tones) -> float:
    bright = CONTRADICTED * _ramp(tones.luminance, BRIGHT)
    if tones.hour is None or not _DAY[0] <= tones.hour < _DAY[1]:
        return bright
    return max(CONTRADICTED, bright + DAYTIME * _ramp(tones.luminance, NOT_DARK))


_WITNESSES: Mapping[str, Witness] = {
    **dict.fromkeys(("colorful", "colourful", "vibrant colors", "vibrant colours"), _colorful),
    **dict.fromkeys(("black and white", "black & white", "b&w", "b & w"), _black_and_white),
    **dict.fromkeys(("grayscale", "greyscale", "gray scale", "grey scale"), _black_and_white),
    **dict.fromkeys(("monochrome", "monochromatic"), _monochrome),
    **dict.fromkeys(("night", "nighttime", "night time", "at night", "by night"), _night),
}
_SEPARATORS = re.compile(r"[\s_-]+")
_NOUN = re.compile(r" (photo|photograph|photography|picture|image|scene)$")


def _witness_of(label: str) -> Witness | None:
    """Who can speak of a label; case, hyphens and a noun like "photo" after it do not matter."""
    name = _SEPARATORS.sub(" ", label.casefold()).strip()
    return _WITNESSES.get(_NOUN.sub("", name))


@dataclass(frozen=True)
class Witnesses:
    """Those of a list of labels that pixels speak of, by their places in it."""

    by_place: Mapping[int, Witness]

    @classmethod
    def of(cls, labels: Sequence[str]) -> Witnesses:
        """Found once for a list, so that asking costs nothing for its other labels."""
        found = ((place, _witness_of(label)) for place, label in enumerate(labels))
        return cls({place: witness for place, witness in found if witness is not None})

    def corrections(self, tones: Tones | None) -> dict[int, float]:
        """What to add to the logit of match, by place: `CONTRADICTED` to `BORNE_OUT`.

        No place where nothing is said: without tones, or where these say nothing.
        """
        if tones is None:
            return {}
        said = ((place, witness(tones)) for place, witness in self.by_place.items())
        return {place: value for place, value in said if value}
