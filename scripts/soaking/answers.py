"""What became of the requests of a soak run: statuses, and latencies over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEFT = "left"  # asks whose client goes before the answer
BAD = "bad photo"  # asks that are to be refused
PERCENTILES = (50, 95, 99)


@dataclass(frozen=True)
class Answer:
    """One request: its name, when it ended (seconds since the start), how long it took, and its
    status; 0 where no answer came, with the `fault`."""

    ask: str
    at: float
    seconds: float
    status: int
    fault: str = ""
    retry_after: bool = False

    @property
    def is_failure(self) -> bool:
        """Whether it was not answered as it should be: well, or refused as bad where it is, or for
        a while."""
        if self.ask == LEFT or (self.status == 503 and self.retry_after):
            return False
        return self.status not in ((200, 400) if self.ask == BAD else (200,))


def statuses(answers: Sequence[Answer]) -> dict[str, dict[int, int]]:
    """Ask -> status -> how many."""
    counted = Counter((each.ask, each.status) for each in answers)
    names = sorted({each.ask for each in answers})
    return {
        name: {status: counted[name, status] for ask, status in sorted(counted) if ask == name}
        for name in names
    }


def failures(answers: Sequence[Answer]) -> Counter[tuple[str, int, str]]:
    """How often which ask failed, and with what."""
    return Counter((each.ask, each.status, each.fault) for each in answers if each.is_failure)


def latencies(
    answers: Sequence[Answer], every: float, ask: str = "classify"
) -> list[tuple[float, tuple[float, ...]]]:
    """(seconds, milliseconds at `PERCENTILES`) of the good answers to `ask`, a window of `every`
    seconds each; windows without any are left out."""
    windows: dict[int, list[float]] = {}
    for each in answers:
        if each.ask == ask and each.status == 200:
            windows.setdefault(int(each.at // every), []).append(1000 * each.seconds)
    return [(every * (number + 0.5), percentiles(windows[number])) for number in sorted(windows)]


def percentiles(values: Sequence[float]) -> tuple[float, ...]:
    """At `PERCENTILES`; of nothing, zeros."""
    if not values:
        return (0.0,) * len(PERCENTILES)
    return tuple(float(each) for each in np.percentile(values, PERCENTILES))
