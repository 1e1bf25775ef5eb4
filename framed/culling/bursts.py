"""Shots of one scene, the best first: size, sharpness at one scale, noise, exposure, BRISQUE."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2

from framed.culling.saving import loss
from framed.culling.shot import Shot, same_scale

_AS_LARGE = 0.3  # of a halving: one camera's shots are of one size, but for a crop
_AS_SHARP, _AS_WELL_EXPOSED = 0.04, 0.05  # differences that nobody sees
_AS_CLEAN = 3.0  # grey levels of noise, likewise
_DOUBT = 0.005  # of the sharpness, a grey level of noise: what noise may have added unnoticed

_Place = tuple[bool, int, int, int, int, float, int, int]


class Burst:
    """Shots of one scene, at least one.

    Differences count in steps from the best of all, so that what nobody sees decides nothing.
    """

    def __init__(self, shots: Sequence[Shot]) -> None:
        judged = [shot for shot in shots if shot.measured]
        self._scale = same_scale(*judged) if judged else None
        self._largest = max((shot.pixels for shot in judged), default=0)
        self._sharpest = max(map(self._sharp, judged), default=0.0)
        self._cleanest = min((shot.likeness.noise for shot in judged), default=0.0)
        self._lightest = max((shot.exposure or 0.0 for shot in judged), default=0.0)
        self.best_first = sorted(shots, key=self._place)

    def why_best(self) -> str:
        """What the best of several shots has before the next one, in plain words with figures."""
        best, second = self.best_first[:2]
        if not best.measured:
            return "the first; there are no figures to judge by"
        first, next_one = self._place(best), self._place(second)
        if first[1] != next_one[1]:
            return f"the largest: {_size(best)} pixels, the next has {_size(second)}"
        if first[:3] != next_one[:3]:
            rest = f", the next has {self._sharp(second):.2f}" if second.measured else ""
            return f"the sharpest: {self._sharp(best):.2f}{self._at}{rest}"
        if first[3] != next_one[3]:
            return f"as sharp as any, with the least noise: {_noises(best, second)} grey levels"
        if first[4] != next_one[4]:
            return f"as sharp as any, the best exposed: {_exposures(best, second)}"
        return "as good as any in sharpness and exposure"

    def why_behind(self, shot: Shot) -> str:
        """What the best has before the shot, likewise."""
        best = self.best_first[0]
        first, second = self._place(best), self._place(shot)
        if first[0] != second[0]:
            return "there are no figures to judge it by"
        if first[1] != second[1]:
            return f"smaller: {_size(shot)} pixels to {_size(best)}"
        if first[2] != second[2]:
            return f"less sharp: {self._sharp(shot):.2f} to {self._sharp(best):.2f}{self._at}"
        if first[3] != second[3]:
            return f"as sharp, but noisier: {_noises(shot, best)} grey levels"
        if first[4] != second[4]:
            return f"as sharp, but exposure {_exposures(shot, best)}"
        if first[5] != second[5]:
            return f"as sharp and as well exposed, but BRISQUE {-second[5]:.2f} to {-first[5]:.2f}"
        return "as good as the best, which came first"

    def _place(self, shot: Shot) -> _Place:
        if not shot.measured:
            return True, 0, 0, 0, 0, 0.0, 0, shot.index
        return (
            False,
            int(log2(self._largest / shot.pixels) + _AS_LARGE),
            int((self._sharpest - self._sharp(shot)) / _AS_SHARP),
            int((shot.likeness.noise - self._cleanest) / _AS_CLEAN),
            int((self._lightest - (shot.exposure or 0.0)) / _AS_WELL_EXPOSED),
            -(shot.brisque or 0.0),
            loss(shot),
            shot.index,
        )

    def _sharp(self, shot: Shot) -> float:
        """At the scale that all have, else at the shot's own."""
        scale = shot.scale if self._scale is None else self._scale
        value = shot.likeness.sharpness.get(scale, 0.0)
        return max(0.0, value - _DOUBT * shot.likeness.noise)

    @property
    def _at(self) -> str:
        return "" if self._scale is None else f" at {self._scale} px, noise taken out"


def _size(shot: Shot) -> str:
    return f"{shot.size[0]} x {shot.size[1]}"


def _noises(shot: Shot, other: Shot) -> str:
    return f"{shot.likeness.noise:.1f} to {other.likeness.noise:.1f}"


def _exposures(shot: Shot, other: Shot) -> str:
    return f"{shot.exposure or 0.0:.2f} to {other.exposure or 0.0:.2f}"
