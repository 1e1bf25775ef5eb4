"""How fast photos get done, as measured."""

from __future__ import annotations

import pytest

from framed.pace import UNKNOWN, Pace


def test_the_pace_comes_to_what_is_measured() -> None:
    """Twelve at a time that take 0.6 s each are one every 0.05 s."""
    pace = Pace()
    for _ in range(100):
        pace.note(0.6, 12)
    assert pace.seconds == pytest.approx(0.05, rel=0.01)


def test_one_slow_photo_moves_it_little() -> None:
    """A photo that takes a hundred times as long makes the pace no ten times slower."""
    pace = Pace()
    for _ in range(100):
        pace.note(0.05, 1)
    pace.note(5.0, 1)
    assert pace.seconds < 0.6


def test_before_the_first_photo_it_is_that_of_a_slow_machine() -> None:
    """Nobody is refused for want of a measurement, and not everybody is taken."""
    assert Pace().seconds == UNKNOWN


def test_the_first_photos_weigh_more() -> None:
    """After a few of them the guess is forgotten."""
    pace = Pace()
    for _ in range(5):
        pace.note(0.01, 1)
    assert pace.seconds == pytest.approx((UNKNOWN + 5 * 0.01) / 6)
