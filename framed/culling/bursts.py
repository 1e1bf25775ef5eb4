"""Shots of one scene, the best first: size, sharpness at one scale, noise, exposure, BRISQUE."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from math import log2
from typing import NamedTuple

import numpy as np

from framed.culling.finest import noise_beyond, references
from framed.culling.saving import loss
from framed.culling.shot import Shot, same_scale

_AS_LARGE = 0.3  # of a halving: one camera's shots are of one size, but for a crop
_AS_SHARP, _AS_WELL_EXPOSED, _AS_NATURAL = 0.04, 0.05, 0.02  # differences that nobody sees
_AS_CLEAN = 2.0  # grey levels of noise beyond another shot's, likewise
_WHITE = 250  # grey levels
_DARKER = 0.15  # of the exposure; such a shot keeps its highlights at the cost of all else
_DOUBT = (
    0.005  # of the sharpness, a grey level of noise at 512 px: what it may have added unnoticed
)
_OWN_DOUBT = 0.02  # the same of noise beyond the others', in the own pixels


class _Place(NamedTuple):
    """How far a shot is behind the best in each, what counts most first."""

    unmeasured: bool = True
    smaller: int = 0
    softer: int = 0
    noisier: int = 0
    worse_exposed: int = 0
    less_natural: int = 0
    loss: int = 0
    came: int = 0


class Burst:
    """Shots of one scene, at least one.

    Differences count in steps from the best of all, so that what nobody sees decides nothing.
    """

    def __init__(self, shots: Sequence[Shot]) -> None:
        judged = [shot for shot in shots if shot.measured]
        compared = references(judged)
        self._noise = {shot.index: noise_beyond(shot, compared) for shot in judged}
        self._scale = same_scale(*judged) if judged else None
        self._largest = max((shot.pixels for shot in judged), default=0)
        self._sharpest = max(map(self._sharp, judged), default=0.0)
        self._blown = {shot.index: _blown(shot) for shot in shots}
        self._lights = _lights(judged, self._blown)
        self._lightest = max(self._lights.values(), default=0.0)
        self._natural = max((shot.brisque or 0.0 for shot in judged), default=0.0)
        self._places = {shot.index: self._place(shot) for shot in shots}
        self.best_first = sorted(shots, key=lambda shot: self._places[shot.index])

    def why_best(self) -> str:
        """What the best of several shots has before the next one, in plain words with figures."""
        best, second = self.best_first[:2]
        if not best.measured:
            return "the first; there are no figures to judge by"
        why = {
            "unmeasured": "the only one with figures to judge it by",
            "smaller": f"larger than the next: {_size(best)} pixels to {_size(second)}",
            "softer": f"the sharpest: {self._sharps(best, second)}",
            "noisier": f"as sharp as any, without {self._noises(second)} that the next has",
            "worse_exposed": f"as sharp as any, the best exposed: {self._exposures(best, second)}",
            "less_natural": f"as sharp and well exposed as any; BRISQUE {_brisques(best, second)}",
        }
        return why.get(self._differ(best, second), "as good as any in sharpness and exposure")

    def why_behind(self, shot: Shot) -> str:
        """What the best has before the shot, likewise."""
        best = self.best_first[0]
        why = {
            "unmeasured": "there are no figures to judge it by",
            "smaller": f"smaller: {_size(shot)} pixels to {_size(best)}",
            "softer": f"less sharp: {self._sharps(shot, best)}",
            "noisier": f"as sharp, but noisier: {self._noises(shot)} beyond the others'",
            "worse_exposed": f"as sharp, but exposure {self._exposures(shot, best)}",
            "less_natural": f"as sharp and as well exposed, but BRISQUE {_brisques(shot, best)}",
            "loss": "as good, but saved more coarsely",
        }
        return why.get(self._differ(best, shot), "as good as the best, which came first")

    def _differ(self, one: Shot, other: Shot) -> str:
        """The first thing in which their places differ."""
        first, second = self._places[one.index], self._places[other.index]
        return next(name for name in first._fields if getattr(first, name) != getattr(second, name))

    def _place(self, shot: Shot) -> _Place:
        if not shot.measured:
            return _Place(came=shot.index)
        return _Place(
            unmeasured=False,
            smaller=int(log2(self._largest / shot.pixels) + _AS_LARGE),
            softer=int((self._sharpest - self._sharp(shot)) / _AS_SHARP),
            noisier=int(self._noise[shot.index] / _AS_CLEAN),
            worse_exposed=int((self._lightest - self._lights[shot.index]) / _AS_WELL_EXPOSED),
            less_natural=int((self._natural - (shot.brisque or 0.0)) / _AS_NATURAL),
            loss=loss(shot),
            came=shot.index,
        )

    def _sharp(self, shot: Shot) -> float:
        """At the scale that all have, else at the shot's own."""
        scale = shot.scale if self._scale is None else self._scale
        value = shot.likeness.sharpness.get(scale, 0.0)
        doubt = _DOUBT * shot.likeness.noise + _OWN_DOUBT * self._noise[shot.index]
        return max(0.0, value - doubt)

    def _exposures(self, shot: Shot, other: Shot) -> str:
        values = f"{_exposure(shot):.2f} to {_exposure(other):.2f}"
        lost = [round(100 * self._blown[each.index]) for each in (shot, other)]
        return values + (
            f", {lost[0]} % to {lost[1]} % of it blown out" if lost[0] != lost[1] else ""
        )

    def _sharps(self, shot: Shot, other: Shot) -> str:
        at = "" if self._scale is None else f" at {self._scale} px, noise taken out"
        values = (f"{self._sharp(each):.2f}" for each in (shot, other) if each.measured)
        return " to ".join(values) + at

    def _noises(self, shot: Shot) -> str:
        return f"{self._noise.get(shot.index, 0.0):.1f} grey levels of noise"


def _blown(shot: Shot) -> float:
    """The share of the picture that is as good as white."""
    return float(np.mean(shot.likeness.thumbnail >= _WHITE))


def _lights(shots: Sequence[Shot], blown: Mapping[int, float]) -> dict[int, float]:
    """Of each by its index: the exposure, less what has lost its highlights beside others that are
    not darker."""
    darkest_first = sorted(shots, key=_exposure)
    exposures = [_exposure(shot) for shot in darkest_first]
    lost = np.array([blown[shot.index] for shot in darkest_first])
    least = np.minimum.accumulate(lost[::-1])[::-1]  # of each and all that are lighter
    return {
        shot.index: exposure
        - (blown[shot.index] - float(least[bisect_left(exposures, exposure - _DARKER)]))
        for shot, exposure in zip(darkest_first, exposures, strict=True)
    }


def _exposure(shot: Shot) -> float:
    return shot.exposure or 0.0


def _size(shot: Shot) -> str:
    return f"{shot.size[0]} x {shot.size[1]}"


def _brisques(shot: Shot, other: Shot) -> str:
    return f"{shot.brisque or 0.0:.2f} to {other.brisque or 0.0:.2f}"
