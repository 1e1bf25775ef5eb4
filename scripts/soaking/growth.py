"""Whether something grows: the slope of the second half of a run, against what may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 20  # points of the second half; fewer say nothing

Points = Sequence[tuple[float, float]]  # (seconds, value)


@dataclass(frozen=True)
class Bound:
    """How much a quantity may grow over the second half of a run: so much, or such a share of its
    median there, whichever is more."""

    what: str
    unit: str
    most: float
    share: float = 0.0


MEMORY = Bound("memory", "MiB", 30.0, 0.05)
THREADS = Bound("threads", "threads", 4.0)
DESCRIPTORS = Bound("descriptors", "descriptors", 16.0)
TEMP_FILES = Bound("temp files", "files", 4.0)


@dataclass(frozen=True)
class Growth:
    """By how much a quantity grew over the second half, a minute, and how much it may at most.

    Without enough points it is not `judged`, and no fault.
    """

    bound: Bound
    grown: float
    a_minute: float
    allowed: float
    judged: bool

    @property
    def is_leak(self) -> bool:
        """Whether it grew by more than it may."""
        return self.judged and self.grown > self.allowed

    def said(self) -> str:
        """In a line."""
        verdict = "LEAK" if self.is_leak else "ok" if self.judged else "too short to judge"
        return (
            f"{self.bound.what:12} {self.grown:+8.1f} {self.bound.unit} over the second half "
            f"({self.a_minute:+.2f} a minute; at most {self.allowed:.1f}): {verdict}"
        )


def growth(points: Points, bound: Bound) -> Growth:
    """Of the points, in the order of time."""
    half = second_half(points)
    if len(half) < 2:
        return Growth(bound, 0.0, 0.0, bound.most, judged=False)
    a_second = slope(half)
    median = float(np.median([value for _, value in half]))
    allowed = max(bound.most, bound.share * median)
    grown = a_second * (half[-1][0] - half[0][0])
    return Growth(bound, grown, a_second * 60, allowed, judged=len(half) >= FEWEST)


def second_half(points: Points) -> Points:
    """Those after the middle of the time that they span."""
    if not points:
        return points
    middle = (points[0][0] + points[-1][0]) / 2
    return [point for point in points if point[0] >= middle]


def slope(points: Points) -> float:
    """The median of the slopes between all pairs (Theil and Sen): single peaks do not tilt it."""
    seconds, values = np.array(points, dtype=float).T
    first, second = np.triu_indices(len(points), k=1)
    apart = seconds[second] - seconds[first]
    risen = (values[second] - values[first])[apart > 0] / apart[apart > 0]
    return float(np.median(risen)) if len(risen) else 0.0
