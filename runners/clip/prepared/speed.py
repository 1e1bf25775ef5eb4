"""Whether a less exact engine is faster than the one that would serve otherwise: measured once a
machine.

In CPU time of the process, which other processes hardly change, the two in turns.
"""

from __future__ import annotations

import logging
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from runners.clip.prepared.folder import Pixels, Prepared, Rows
from runners.clip.prepared.kept_figures import keep_figures, known_figures

logger = logging.getLogger("framed.clip.prepared")

Encode = Callable[[Pixels], Rows]
Clock = Callable[[], float]

LEAST_GAIN = 1.05  # below it, the exacter engine serves
_BATCHES = (1, 4)  # photos a call: of one client, and of many
_ROUNDS, _LEAST_ROUNDS = 9, 3
_SECONDS = 8.0  # of the CPU, after which no more rounds begin than must be


@dataclass(frozen=True)
class Speed:
    """How many times as fast an engine is as the other, and whether it was measured at an earlier
    start."""

    times: float
    known: bool = False

    @property
    def is_worth_it(self) -> bool:
        """Whether the engine is faster by more than noise."""
        return self.times >= LEAST_GAIN


def compare_speed(
    prepared: Prepared,
    what: str,
    encode: Encode,
    other: Encode,
    *,
    clock: Clock = time.process_time,
) -> Speed:
    """The speed of `encode` beside `other`, on photos of the reference; `what` names the two, the
    machine and how they run. A verdict of an earlier start is taken as it is."""
    kept = known_figures(prepared, f"speed, {what}").get("times", 0.0)
    if math.isfinite(kept) and kept > 0:
        return Speed(kept, known=True)
    speed = Speed(_times(prepared.reference.photos, encode, other, clock))
    keep_figures(prepared, f"speed, {what}", {"times": speed.times})
    logger.info("%s: %.2f x the speed", what, speed.times)
    return speed


def _times(photos: Pixels, encode: Encode, other: Encode, clock: Clock) -> float:
    """The median, over rounds, of the seconds of `other` over those of `encode`."""
    for each in (encode, other):
        _seconds(photos, each, clock)  # the first call of a shape compiles it
    ratios: list[float] = []
    began = clock()
    while len(ratios) < _LEAST_ROUNDS or (len(ratios) < _ROUNDS and clock() - began < _SECONDS):
        mine = _seconds(photos, encode, clock)
        ratios.append(_seconds(photos, other, clock) / max(mine, 1e-9))
    return statistics.median(ratios)


def _seconds(photos: Pixels, encode: Encode, clock: Clock) -> float:
    began = clock()
    for count in _BATCHES:
        encode(photos[:count])
    return clock() - began
