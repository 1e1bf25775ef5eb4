"""CPU time of one way of doing something against another, on the same photos in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
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
    least: list[list[float]] = [[] for _ in ways]
    for count, item in enumerate(items):
        if count == 0:
            _run(ways, item)  # imports, tables, pages of memory
        runs = [_run(ways, item) for _ in range(repeat)]
        for times, of_way in zip(least, zip(*runs, strict=True), strict=True):
            times.append(min(of_way))
    value, *baseline = (statistics.median(times) for times in least)
    return Measured(value, "CPU ms", *baseline)


def _run(ways: list[Callable[[Item], object]], item: Item) -> list[float]:
    """Milliseconds of CPU that each way takes for the item."""
    return [_milliseconds(way, item) for way in ways]


def _milliseconds(way: Callable[[Item], object], item: Item) -> float:
    start = time.process_time()
    way(item)
    return (time.process_time() - start) * 1e3
