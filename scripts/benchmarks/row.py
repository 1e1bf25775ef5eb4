"""What a row of the benchmark is: a name, and a function that measures under given conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


class NotMeasurableError(Exception):
    """A row cannot be measured here; the message says what is missing."""


@dataclass(frozen=True)
class EngineFacts:
    """What ran a model in a row, and how far its vectors lie from open_clip's fp32 forward.

    `cosine` and `centred` (after the mean of the photos is subtracted) are the least of the photos.
    """

    model: str
    size: int
    engine: str
    device: str
    precision: str
    cosine: float
    centred: float


@dataclass(frozen=True)
class Measured:
    """A figure and its unit; `baseline` is the other way's, in the same unit and the same run.

    `share` (0..1) is how much of the machine's own best is reached, where there is one to name.
    Less is better, unless `more_is_better`. `notes` are lines for a person. `paired` is the ratio
    where it was found pair by pair.
    """

    value: float
    unit: str
    baseline: float | None = None
    share: float | None = None
    more_is_better: bool = False
    notes: tuple[str, ...] = ()
    engine: EngineFacts | None = None
    paired: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times as good as the baseline the value is; None without one."""
        if self.paired is not None:
            return self.paired
        if self.baseline is None or not self.value or not self.baseline:
            return None
        return self.value / self.baseline if self.more_is_better else self.baseline / self.value


@dataclass(frozen=True)
class Conditions:
    """What all rows share: the photos, as JPEG bytes, and how often each is measured (>= 1).

    `quick` asks for the shortest run that still tells something. `before` is the commit that
    `*/before` rows stand beside, None: the one they name themselves.
    """

    jpegs: Sequence[bytes]
    repeat: int
    quick: bool = False
    before: str | None = None

    def progress(self, items: Iterable[Item]) -> Iterable[Item]:
        """`items` again; a row passes its photos through here, so that progress can be shown."""
        return items


@dataclass(frozen=True)
class Row:
    """One measurement: its name, `group/...`, and the function that does it.

    `measure` raises `NotMeasurableError` where something that it needs is not there. A `large`
    row takes gigabytes and minutes, and no part in a quick run.
    """

    name: str
    measure: Callable[[Conditions], Measured]
    large: bool = False
