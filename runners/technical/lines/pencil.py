"""The segments that run to one vanishing point, near or far."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from runners.technical.lines.segments import Segments, Values

_LONGEST = 60  # segments that are looked at
_PROPOSERS = 14  # of them; each two propose the point where they meet
_FIRST, _SECOND = np.triu_indices(_PROPOSERS, 1)
_ASIDE = np.sin(np.radians(1.0))  # how far a segment may point past the vanishing point
_NEAREST = 3.0  # 1 / widths; the nearest vanishing point is a third of a width away
_APART = 2e-3  # two segments that differ less propose nothing together
_REFITS = 2
_STIFF = (1e-9, 1e-3)  # few segments at one height say nothing of where they meet: far away
_UNSHARP = np.radians(0.15)  # how exactly a segment points at best


class Directions(NamedTuple):
    """Segments by middle and unit direction (dx > 0), longest first; float64 [n] each.

    In widths from the picture's middle, x along the direction that is asked about.
    """

    x: Values
    y: Values
    dx: Values
    dy: Values
    length: Values


class Pencil(NamedTuple):
    """The vanishing point that most length points to, and the `members` that do.

    A line through the picture's middle runs to it at `degrees`, known to `doubt` degrees. The
    members have `length` widths together, a `share` of all, and their angles a standard deviation
    of `spread` degrees.
    """

    degrees: float
    doubt: float
    members: int
    length: float
    share: float
    spread: float


def directions(segments: Segments, aspect: float) -> Directions:
    """Of segments in a picture of that height by its width."""
    order = np.argsort(-segments.length, kind="stable")
    x0, y0, x1, y1, length, _ = segments.where(order)
    x, y = (x0 + x1) / 2 - 0.5, (y0 + y1) / 2 + aspect / 2
    return Directions(x, y, (x1 - x0) / length, (y1 - y0) / length, length)


def pencil_of(found: Directions) -> Pencil | None:
    """The pencil of the 60 longest segments by consensus of pairs; None under two members."""
    lines = Directions(*(values[:_LONGEST] for values in found))
    if lines.length.size < 2:
        return None
    slope, nearness = _best(lines)
    moments = np.stack([lines.dx, lines.dy * lines.x - lines.dx * lines.y])
    for _ in range(_REFITS):
        weight = lines.length * _members(lines, slope, nearness)
        squares = (moments * weight) @ moments.T + np.diag(_STIFF)
        slope, nearness = np.linalg.solve(squares, (moments * weight) @ lines.dy)
    members = _members(lines, slope, nearness)
    if np.count_nonzero(members) < 2:
        return None
    return _told(lines, members, float(slope), float(nearness), float(np.linalg.inv(squares)[0, 0]))


def _best(lines: Directions) -> tuple[float, float]:
    """Slope at the middle and 1 / distance of the point that most length points to.

    Each two long segments propose where they meet, and each its parallels.
    """
    there = lines.length.size > _SECOND
    first, second = _FIRST[there], _SECOND[there]
    turn = lines.dy * lines.x - lines.dx * lines.y
    apart = lines.dx[first] * turn[second] - lines.dx[second] * turn[first]
    kept = np.abs(apart) > _APART
    first, second, apart = first[kept], second[kept], apart[kept]
    slopes = (lines.dy[first] * turn[second] - lines.dy[second] * turn[first]) / apart
    nearness = (lines.dx[first] * lines.dy[second] - lines.dx[second] * lines.dy[first]) / apart
    near = np.abs(nearness) <= _NEAREST
    longest = lines.dy[:_PROPOSERS] / lines.dx[:_PROPOSERS]
    slopes = np.concatenate([longest, slopes[near]])
    nearness = np.concatenate([np.zeros_like(longest), nearness[near]])
    best = (_members(lines, slopes[:, None], nearness[:, None]) @ lines.length).argmax()
    return float(slopes[best]), float(nearness[best])


def _past(lines: Directions, slope: float | Values, nearness: float | Values) -> Values:
    """Sine of the angle by which each segment points past the vanishing point."""
    to_x, to_y = 1 - nearness * lines.x, slope - nearness * lines.y
    return np.asarray((lines.dy * to_x - lines.dx * to_y) / np.sqrt(to_x * to_x + to_y * to_y))


def _members(
    lines: Directions, slope: float | Values, nearness: float | Values
) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(_past(lines, slope, nearness)) <= _ASIDE)


def _told(
    lines: Directions, members: npt.NDArray[np.bool_], slope: float, nearness: float, unsure: float
) -> Pencil:
    count, weight = int(np.count_nonzero(members)), lines.length * members
    length = float(weight.sum())
    variance = float(weight @ _past(lines, slope, nearness) ** 2) / count
    variance += _UNSHARP**2 * length / count
    angles = np.degrees(np.arctan2(lines.dy, lines.dx))
    mean = (weight @ angles) / length
    return Pencil(
        degrees=float(np.degrees(np.arctan(slope))),
        doubt=float(np.degrees(np.sqrt(unsure * variance))),
        members=count,
        length=length,
        share=length / float(lines.length.sum()),
        spread=float(np.sqrt(weight @ (angles - mean) ** 2 / length)),
    )
