"""Shots of one scene, the best first: size, sharpness at one scale, noise, exposure, BRISQUE."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2

from framed.culling.shot import Shot, same_scale

_AS_SHARP, _AS_WELL_EXPOSED = 0.04, 0.05  # differences that nobody sees
_AS_LARGE = 0.3  # of a halving: one camera's shots are of one size, but for a crop
_AS_CLEAN = 3.0  # grey levels of noise, likewise
_DOUBT = 0.005  # of the sharpness, a grey level of noise: what noise may have added unnoticed


def best_first(shots: Sequence[Shot]) -> list[Shot]:
    """Shots of one scene, from the best on; those without figures last, ties in their order."""
    return sorted(shots, key=lambda shot: _from_best(shot, shots))


def why_behind(best: Shot, shot: Shot, shots: Sequence[Shot]) -> str:
    """What the best has before the shot, in plain words with figures."""
    first, second = _from_best(best, shots), _from_best(shot, shots)
    if first[0] != second[0]:
        return "there are no figures to judge it by"
    if first[1] != second[1]:
        return f"{_size(shot)} pixels to {_size(best)}"
    if first[2] != second[2]:
        return f"less sharp: {_sharp(shot, shots):.2f} to {_sharp(best, shots):.2f}{_at(shots)}"
    if first[3] != second[3]:
        return f"as sharp, but noisier: {_noises(shot, best)} grey levels"
    if first[4] != second[4]:
        return f"as sharp, exposure {shot.exposure or 0:.2f} to {best.exposure or 0:.2f}"
    if first[5] != second[5]:
        return f"as sharp and as well exposed, BRISQUE {shot.brisque or 0:.2f} to {-first[5]:.2f}"
    return "as good as the best, which came first"


def why_best(best: Shot, shots: Sequence[Shot]) -> str:
    """What the best of several shots has before the next one."""
    if not best.measured:
        return "the first; there are no figures to judge by"
    second = best_first(shots)[1]
    first, next_one = _from_best(best, shots), _from_best(second, shots)
    if first[1] != next_one[1]:
        return f"the largest: {_size(best)} pixels, the next has {_size(second)}"
    if first[:3] != next_one[:3]:
        rest = f", the next has {_sharp(second, shots):.2f}" if second.measured else ""
        return f"the sharpest: {_sharp(best, shots):.2f}{_at(shots)}{rest}"
    if first[3] != next_one[3]:
        return f"as sharp as any, with the least noise: {_noises(best, second)} grey levels"
    if first[4] != next_one[4]:
        words = f"exposure {best.exposure or 0:.2f} to {second.exposure or 0:.2f}"
        return f"as sharp as any, the best exposed: {words}"
    return "as good as any in sharpness and exposure"


def _from_best(shot: Shot, shots: Sequence[Shot]) -> tuple[bool, int, int, int, int, float, int]:
    """Differences count in steps from the best, so that what nobody sees decides nothing."""
    judged = [each for each in shots if each.measured]
    if not shot.measured:
        return True, 0, 0, 0, 0, 0.0, shot.index
    largest = max(each.pixels for each in judged)
    sharpest = max(_sharp(each, shots) for each in judged)
    cleanest = min(each.likeness.noise for each in judged)
    lightest = max(each.exposure or 0.0 for each in judged)
    return (
        False,
        int(log2(largest / shot.pixels) + _AS_LARGE),
        int((sharpest - _sharp(shot, shots)) / _AS_SHARP),
        int((shot.likeness.noise - cleanest) / _AS_CLEAN),
        int((lightest - (shot.exposure or 0.0)) / _AS_WELL_EXPOSED),
        -(shot.brisque or 0.0),
        shot.index,
    )


def _scale(shots: Sequence[Shot]) -> int | None:
    judged = [shot for shot in shots if shot.measured]
    return same_scale(*judged) if judged else None


def _sharp(shot: Shot, shots: Sequence[Shot]) -> float:
    """At the scale that all have, else at the shot's own."""
    scale = _scale(shots)
    value = shot.likeness.sharpness.get(shot.scale if scale is None else scale, 0.0)
    return max(0.0, value - _DOUBT * shot.likeness.noise)


def _size(shot: Shot) -> str:
    return f"{shot.size[0]} x {shot.size[1]}"


def _noises(shot: Shot, other: Shot) -> str:
    return f"{shot.likeness.noise:.1f} to {other.likeness.noise:.1f}"


def _at(shots: Sequence[Shot]) -> str:
    scale = _scale(shots)
    return "" if scale is None else f" at {scale} px, noise taken out"
