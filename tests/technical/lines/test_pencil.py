"""The vanishing point of segments is found among others, near, far and at infinity."""

from __future__ import annotations

import numpy as np
import pytest

from runners.technical.lines.pencil import Directions, pencil_of


def towards(x: float, y: float, count: int = 12, seed: int = 1) -> Directions:
    """Segments that point to (x, y), in widths from the picture's middle, longest first."""
    random = np.random.default_rng(seed)
    at_x, at_y = random.uniform(-0.5, 0.5, count), random.uniform(-0.35, 0.35, count)
    side = np.sign(x - at_x)
    far = np.hypot(x - at_x, y - at_y)
    length = np.sort(random.uniform(0.05, 0.4, count))[::-1]
    return Directions(at_x, at_y, side * (x - at_x) / far, side * (y - at_y) / far, length)


def together(*parts: Directions) -> Directions:
    joined = Directions(*(np.concatenate(values) for values in zip(*parts, strict=True)))
    order = np.argsort(-joined.length, kind="stable")
    return Directions(*(values[order] for values in joined))


@pytest.mark.parametrize(("x", "y"), [(0.8, 0.1), (-2.0, 0.3), (500.0, 20.0)])
def test_point_is_found(x: float, y: float) -> None:
    """All segments are members, and the middle's line to the point has the right angle."""
    pencil = pencil_of(towards(x, y))
    assert pencil is not None
    assert (pencil.members, pencil.share) == (12, pytest.approx(1))
    assert pencil.degrees == pytest.approx(np.degrees(np.arctan(y / x)), abs=0.3)


def test_spread_tells_near_from_far() -> None:
    """Segments to a near point differ in slope, those to a far one do not."""
    near, far = pencil_of(towards(0.8, 0)), pencil_of(towards(500, 0))
    assert near is not None
    assert far is not None
    assert near.spread > 5
    assert far.spread < 0.1


def test_strays_are_left_out() -> None:
    """A third of the length elsewhere costs its share, not the answer."""
    pencil = pencil_of(together(towards(1.5, 0.2, 20), towards(-0.2, 2.0, 8, seed=2)))
    assert pencil is not None
    assert pencil.members >= 20
    assert pencil.share < 0.9
    assert pencil.degrees == pytest.approx(np.degrees(np.arctan(0.2 / 1.5)), abs=0.5)


@pytest.mark.parametrize("count", [0, 1])
def test_one_segment_has_no_point(count: int) -> None:
    """Fewer than two give None."""
    assert pencil_of(towards(1.0, 0.0, count)) is None


def test_segments_side_by_side_leave_more_doubt() -> None:
    """Uprights in one place could lean or run together; apart, they know."""
    there = towards(50.0, 0.0, 10)
    here = there._replace(y=there.y * 0.02 + 0.3)
    apart, close = pencil_of(there), pencil_of(here)
    assert apart is not None
    assert close is not None
    assert close.doubt > 3 * apart.doubt
