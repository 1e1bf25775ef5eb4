"""The straight line that the near-horizontal segments of a picture agree on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from runners.technical.lines.segments import Segments, Values

_PROPOSALS = 24  # the longest segments
_REFITS = ((0.008, 6.0), (0.006, 4.0), (0.006, 4.0))  # how far off: in widths, and degrees
_ALIKE = 2.0  # degrees; a segment within it agrees with the line
_FULL_COVER = 0.6  # of the width

Mask = npt.NDArray[np.bool_]


class Horizon(NamedTuple):
    """The best line: its angle, positive where the right end is higher, and how sure, 0..1.

    y = slope x + height, in the units of the segments.
    """

    degrees: float
    confidence: float
    slope: float
    height: float


class Lines(NamedTuple):
    """y = slope x + height, in the units of the segments; float64 [m, 1] each."""

    slope: Values
    height: Values

    @property
    def degrees(self) -> Values:
        """Positive where the right end is higher."""
        return np.degrees(np.arctan(self.slope))


def find_horizon(segments: Segments) -> Horizon | None:
    """The line whose segments, of a picture's level ones, cover most of its width.

    The longest segments propose; three times, each line is fitted again to the segments near it.
    None where there is no segment. The confidence is min(1, cover / 0.6) (0.5 + 0.5 share), share
    being that of the length of all near-horizontal segments within 2 degrees of the line.
    """
    if not segments.length.size:
        return None
    lines = _proposals(segments)
    for distance, degrees in _REFITS:
        support = _support(lines, segments, distance, degrees)
        lines = _fitted(lines, segments, support)
    cover = _cover(segments, support)
    best = int(cover.argmax())
    tilt = float(lines.degrees[best, 0])
    alike = segments.length[np.abs(segments.degrees - tilt) <= _ALIKE].sum()
    share = float(alike / segments.length.sum())
    confidence = min(1.0, float(cover[best]) / _FULL_COVER) * (0.5 + 0.5 * share)
    return Horizon(tilt, confidence, float(lines.slope[best, 0]), float(lines.height[best, 0]))


def _proposals(segments: Segments) -> Lines:
    longest = np.argsort(-segments.length, kind="stable")[:_PROPOSALS, None]
    x0, y0, x1, y1 = (values[longest] for values in segments[:4])
    slope = (y1 - y0) / (x1 - x0)
    return Lines(slope, y0 - slope * x0)


def _support(lines: Lines, segments: Segments, distance: float, degrees: float) -> Mask:
    """[m, n]: which segments lie near which line, by their middle, and point the same way."""
    x, y = (segments.x0 + segments.x1) / 2, (segments.y0 + segments.y1) / 2
    near = np.abs(y - lines.slope * x - lines.height) <= distance
    return near & (np.abs(segments.degrees - lines.degrees) <= degrees)


def _fitted(lines: Lines, segments: Segments, support: Mask) -> Lines:
    """Least squares through both ends of the supporting segments, weighted by their length.

    A line that has lost its support stays as it is.
    """
    x = np.stack([segments.x0, segments.x1]) - 0.5  # about the middle: squares stay small
    y = np.stack([segments.y0, segments.y1])
    moments = np.stack([np.full_like(x, 1.0), x, y, x * x, x * y]).sum(axis=1) * segments.length
    weight, sx, sy, sxx, sxy = (support @ moments.T).T[..., None]
    found = weight > 0
    weight = np.where(found, weight, 1.0)
    spread = np.where(found, sxx - sx * sx / weight, 1.0)
    slope = (sxy - sx * sy / weight) / spread
    height = (sy - slope * sx) / weight - 0.5 * slope
    return Lines(np.where(found, slope, lines.slope), np.where(found, height, lines.height))


def _cover(segments: Segments, support: Mask) -> Values:
    """[m]: share of the width that the supporting segments of each line cover together."""
    ends = np.where(support, segments.x1, 0.0)
    covered = np.maximum.accumulate(ends, axis=1)  # up to here; segments come from left to right
    before = np.concatenate([np.zeros((len(ends), 1)), covered[:, :-1]], axis=1)
    fresh = np.clip(ends - np.maximum(segments.x0, before), 0.0, None)
    return np.asarray(fresh.sum(axis=1))
