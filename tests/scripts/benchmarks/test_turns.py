"""What two ways by turns tell, whatever the machine does meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from scripts.benchmarks.row import Measured
from scripts.benchmarks.turns import Load, by_turns


class Drift:
    """A machine that grows slower by a fifth with every turn."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def way(self, name: str, seconds: float) -> Callable[[], Load]:
        def turn() -> Load:
            slow = 1.2 ** len(self.calls)
            self.calls.append(name)
            return Load(seconds * slow, cpu_ms=seconds * 10)

        return turn


def figure(load: Load) -> float:
    return load.figure


def test_drift_meets_both() -> None:
    """Each goes first in every other round, so that the median of even rounds is fair."""
    machine = Drift()
    pairs = by_turns((machine.way("a", 1.0), machine.way("b", 2.0)), range(4))
    assert machine.calls == list("abbaabba")
    ratios = pairs.ratios(figure)
    assert ratios.each == pytest.approx((2.4, 2 / 1.2, 2.4, 2 / 1.2))
    assert ratios.middle == pytest.approx(2, rel=0.02)
    assert ratios.said() == "2.03 x (1.67 to 2.40)"


def test_more_may_be_better() -> None:
    """Photos a second are compared the other way round than milliseconds."""
    ours: Iterator[float] = iter([30.0, 33.0, 60.0])
    pairs = by_turns((lambda: Load(next(ours)), lambda: Load(20.0)), range(3))
    assert pairs.ratios(figure, more_is_better=True).each == pytest.approx((1.5, 1.65, 3.0))
    assert pairs.middle(figure) == (33.0, 20.0)


def test_a_ratio_of_pairs_is_the_rows() -> None:
    """It stands where there is one, in place of that of the medians."""
    assert Measured(2.0, "s", 3.0).ratio == 1.5
    assert Measured(2.0, "s", 3.0, paired=1.4).ratio == 1.4
