"""What the finest detail of photos tells of them beside each other: enlarged, smoothed, noisier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log2, sqrt

import numpy as np
import numpy.typing as npt

from framed.culling.saving import is_of_camera, loss
from framed.culling.shot import Shot
from framed.photo import GRAIN_RINGS, Grain

_FLOOR = 0.12  # squared grey levels: rounding, and what saving leaves of nothing
_MOST_COMPARED = 16  # of one group
_LARGER = 1.08  # times the side; with less the rings do not tell
_FAR = 2.4  # times: beyond it natural pictures differ too much, and there must be nothing at all
_CONTENT = 0.6  # squared grey levels, that the smaller must have in its own finest detail
_NEXT_TO_NOTHING, _FALL = 0.85, 1.75  # of what the smaller makes expect in one as large; by size
_MOST = 0.62  # of that; a picture cropped out of another has as much as it has
_SHARPENED = 0.15, 0.55  # of the power in the middle, beside a smaller one that was sharpened
_STRIPPED = 1.8  # times that, of a larger one without what a camera wrote in the smaller
_NOTHING, _LITTLE = 0.2, 1.4  # squared grey levels in the upper half, in that case
_TWICE = 0.06  # more columns repeated than the smaller has
_COARSE = 20.0  # mean step of a table; coarser ones leave columns alike of themselves
_SAME_SIZE = 1.02  # times the pixels
_COARSER = 2.5  # times the step of quantisation, which takes noise away with the detail
_BLOCKIER, _BLOCKS_SEEN = 0.15, 0.4  # of a step between neighbours; grey levels
_NOISY = 2.0  # times the other's step between neighbours; sharpening has less
_SMOOTHER = 0.35  # of the other's upper octave beside the lower
_WHITE = 0.75  # of what a photo has more in the middle it has at the finest: noise, not detail
_MIDDLE, _FINEST = slice(GRAIN_RINGS // 4, GRAIN_RINGS // 2), slice(3 * GRAIN_RINGS // 4, None)
_FINE = slice(6, 10)  # where little of what moved between two shots is left
_UPPER = slice(GRAIN_RINGS // 2, None)

Levels = npt.NDArray[np.float64]


def same_size(one: Shot, other: Shot) -> bool:
    """But for rounding."""
    small, large = sorted((one.pixels, other.pixels))
    return large <= _SAME_SIZE * small


def references(shots: Sequence[Shot]) -> list[Shot]:
    """Those that all are compared with: the first of each kind, and few of many."""
    kinds = {_kind(shot): shot for shot in reversed(shots)}
    return sorted(kinds.values(), key=lambda shot: shot.index)[:_MOST_COMPARED]


def _kind(shot: Shot) -> tuple[object, ...]:
    finest = sum(shot.likeness.grain.spectrum[_FINEST]) + _FLOOR
    return shot.size, shot.format, loss(shot), is_of_camera(shot), round(2 * log2(finest))


def is_enlarged(shot: Shot, smaller: Shot) -> bool:
    """Whether the larger of two copies has no detail beyond what the smaller one has.

    False where nothing tells: the smaller is soft itself, or noise was added to the larger. Then
    the larger is doubted only if the smaller alone is a camera's file.
    """
    large, small = shot.likeness.grain, smaller.likeness.grain
    times = large.side / small.side
    if times < _LARGER:
        return False
    repeated = large.repeats > small.repeats + _TWICE
    if repeated and (shot.likeness.file.quantisation or 0) < _COARSE:
        return True
    stripped = is_of_camera(smaller) and not is_of_camera(shot)
    if _power(smaller, _UPPER) < _CONTENT:
        return stripped
    upper = _power(shot, _UPPER)
    if times > _FAR and not _NOTHING < upper < _LITTLE:
        return upper <= _NOTHING
    least = _NEXT_TO_NOTHING * (_STRIPPED if stripped else 1) / times**_FALL
    return bool(_beyond(_levels(shot), _levels(smaller), times) < min(_MOST, least))


def _beyond(mine: Levels, its: Levels, times: float) -> float:
    """What a larger picture has above the smaller one's finest, of what may be expected there.

    The smaller one's spectrum is taken to go on as it fell before; sharpening counts for nothing.
    """
    start = min(GRAIN_RINGS - 2, round(GRAIN_RINGS / times + 0.7))
    own = mine[start:].mean()
    seen = its[start:].mean()
    before = its[round(start / times) : max(round(GRAIN_RINGS / times), start // 2 + 1)].mean()
    middle = mine[max(1, round(5 / times)) : max(2, round(9 / times))].mean()
    gain = middle / (times**2 * its[5:9].mean() + _FLOOR)
    if not _SHARPENED[0] < gain < _SHARPENED[1]:
        gain = max(1.0, gain)  # making pixels between others softens
    fell = seen / max(before, _FLOOR)
    return float(own / max(times**2 * seen * gain, _FLOOR) / max(fell, 1e-6))


def extra_noise(shot: Shot, other: Shot) -> float:
    """The noise that a photo has beyond another of its size, in grey levels.

    White noise lifts all frequencies alike, detail the lower ones more. 0 where that is not so, or
    where the other was saved so coarsely that its noise went with it.
    """
    if not same_size(shot, other) or coarser(other, shot, _COARSER) or is_blockier(other, shot):
        return 0.0
    finest = _power(shot, _FINEST) - _power(other, _FINEST)
    if finest <= 0:
        return 0.0
    fine = _power(shot, _FINE) - _power(other, _FINE)
    return sqrt(finest) if finest > _WHITE * fine else 0.0


def noise_beyond(shot: Shot, others: Iterable[Shot]) -> float:
    """The most that it has beyond any of the others of its size."""
    return max((extra_noise(shot, other) for other in others if other is not shot), default=0.0)


def is_blockier(shot: Shot, other: Shot) -> bool:
    """Whether a coarse JPEG shows in the pixels that the other has without; of one size."""
    mine, its = shot.likeness.grain, other.likeness.grain
    beyond = _blockiness(mine) - _blockiness(its)
    if its.step > _NOISY * mine.step:
        return False  # they may be there, under the noise
    return beyond > _BLOCKIER and mine.blocks - its.blocks > _BLOCKS_SEEN


def _blockiness(grain: Grain) -> float:
    return grain.blocks / max(grain.step, _FLOOR)


def is_smoother(shot: Shot, other: Shot) -> bool:
    """Whether the finest detail was lost that the other has: smoothed, or made small before."""
    return _power(other, _UPPER) >= _CONTENT and _share(shot) < _SMOOTHER * _share(other)


def coarser(shot: Shot, other: Shot, times: float) -> bool:
    """Whether its table of quantisation has more than so many times the other's steps."""
    steps = shot.likeness.file.quantisation, other.likeness.file.quantisation
    return None not in steps and (steps[0] or 0) > times * (steps[1] or 0)


def _share(shot: Shot) -> float:
    return _power(shot, _UPPER) / max(_power(shot, _MIDDLE), _FLOOR)


def _power(shot: Shot, band: slice) -> float:
    levels = shot.likeness.grain.spectrum[band]
    return sum(max(0.0, level - _FLOOR) for level in levels) / len(levels)


def _levels(shot: Shot) -> Levels:
    return np.maximum(np.array(shot.likeness.grain.spectrum) - _FLOOR, 0)
