"""CPU time of one way of doing something against another, on the same photos in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from scripts.benchmarks.row import Measured

Item = TypeVar("Item")


def cpu_ms(
    ours: Callable[[Item], object],
    items: Iterable[Item],
    *,
    repeat: int,
    usual: Callable[[Item], object] | None = None,
) -> Measured:
    """Milliseconds of CPU an item: the median over items of the least of `repeat` runs.

    CPU of the whole process, so that a library's threads count; the least, because whoever shares
    the machine only adds. `usual`, the baseline, runs between the runs of `ours`, so that both
    meet the same machine. Each runs once unmeasured. There is at least one item.
    """
    ways = [ours] if usual is None else [ours, usual]
    figures = in_turns([_timed(way) for way in ways], items, repeat=repeat)
    return Measured(figures[0], "CPU ms", figures[1] if usual else None)


def in_turns(
    ways: Sequence[Callable[[Item], float]], items: Iterable[Item], *, repeat: int
) -> list[float]:
    """For each way, which says itself what an item took, the median over items of the least run."""
    least: list[list[float]] = [[] for _ in ways]
    for count, item in enumerate(items):
        if count == 0:
            _run(ways, item)  # imports, tables, pages of memory
        runs = [_run(ways, item) for _ in range(repeat)]
        for times, of_way in zip(least, zip(*runs, strict=True), strict=True):
            times.append(min(of_way))
    return [statistics.median(times) for times in least]


def _run(ways: Sequence[Callable[[Item], float]], item: Item) -> list[float]:
    return [way(item) for way in ways]


def _timed(way: Callable[[Item], object]) -> Callable[[Item], float]:
    """The way again, answering its milliseconds of CPU."""

    def milliseconds(item: Item) -> float:
        start = time.process_time()
        way(item)
        return (time.process_time() - start) * 1e3

    return milliseconds
