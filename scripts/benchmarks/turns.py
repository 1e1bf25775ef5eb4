"""Two ways measured by turns, pair by pair, so that what a shared machine does meets both."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What one turn gave: a figure, and the milliseconds of CPU that a photo took the server; None
    where no photos were asked for."""

    figure: float
    cpu_ms: float | None = None


Ways = tuple[Callable[[], Load], Callable[[], Load]]  # ours and the other


@dataclass(frozen=True)
class Ratios:
    """How many times as good ours was, pair by pair."""

    each: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median."""
        return statistics.median(self.each)

    def said(self) -> str:
        """The median and the range."""
        return f"{self.middle:.2f} x ({min(self.each):.2f} to {max(self.each):.2f})"


@dataclass(frozen=True)
class Pairs:
    """Ours and the other's turn, for each round; at least one."""

    rounds: tuple[tuple[Load, Load], ...]

    def middle(self, of: Callable[[Load], float]) -> tuple[float, float]:
        """The medians of ours and of the other's."""
        ours, other = zip(*self.rounds, strict=True)
        return statistics.median(map(of, ours)), statistics.median(map(of, other))

    def ratios(self, of: Callable[[Load], float], *, more_is_better: bool = False) -> Ratios:
        """What each pair says."""
        pairs = [(of(ours), of(other)) for ours, other in self.rounds]
        ratios = ((a / b) if more_is_better else (b / a) for a, b in pairs)
        return Ratios(tuple(ratios))


def by_turns(ways: Ways, rounds: Iterable[object]) -> Pairs:
    """Both ways once a round, each first in every other one."""
    return Pairs(tuple(_pair(ways, turned=number % 2 == 1) for number, _ in enumerate(rounds)))


def _pair(ways: Ways, *, turned: bool) -> tuple[Load, Load]:
    ours, other = ways
    if not turned:
        return ours(), other()
    theirs = other()
    return ours(), theirs
