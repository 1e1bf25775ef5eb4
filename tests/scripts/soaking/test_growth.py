"""What grows is told from what merely moves."""

from __future__ import annotations

import pytest

from scripts.soaking.growth import FEWEST, MEMORY, THREADS, growth, second_half, slope


def line(a_second: float, points: int = 100, start: float = 500.0) -> list[tuple[float, float]]:
    return [(3.0 * at, start + 3.0 * at * a_second) for at in range(points)]


def test_the_slope_of_a_line_is_its_own() -> None:
    """In units a second, up and down."""
    assert slope(line(0.5)) == pytest.approx(0.5)
    assert slope(line(-2)) == pytest.approx(-2)
    assert slope([(1.0, 5.0), (1.0, 9.0)]) == 0


def test_single_peaks_do_not_tilt_it() -> None:
    """A batch that held much for a moment is no leak."""
    points = line(0)
    points[-3] = (points[-3][0], 5000.0)
    points[-9] = (points[-9][0], 0.0)
    assert slope(points) == pytest.approx(0)


def test_only_the_second_half_is_judged() -> None:
    """What is met for the first time may cost; only what goes on growing is a leak."""
    points = [(float(at), min(at, 60) * 10.0) for at in range(120)]
    assert second_half(points)[0][0] == 60
    assert not growth(points, MEMORY).is_leak
    assert second_half([]) == []


def test_a_leak_is_one_by_what_it_adds() -> None:
    """5 % of memory, or 30 MiB where that is more; 4 threads."""
    small, large = growth(line(0.15), MEMORY), growth(line(0.3), MEMORY)
    assert not small.is_leak  # 22 MiB
    assert large.is_leak  # 44 MiB
    assert "LEAK" in large.said()
    assert not growth(line(0.3, start=2000), MEMORY).is_leak  # 5 % are 100 MiB
    assert growth(line(0.1, start=20), THREADS).is_leak


def test_a_short_run_is_not_judged() -> None:
    """Few points show any slope."""
    short = growth(line(50, points=FEWEST), MEMORY)
    assert not short.is_leak
    assert "too short" in short.said()
    assert not growth([], MEMORY).is_leak
