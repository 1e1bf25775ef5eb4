"""What a row of the benchmark is: a name, and a function that measures under given conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


class NotMeasurableError(Exception):
    """A row cannot be measured here; the message says what is missing."""


@dataclass(frozen=True)
class Measured:
    """A figure and its unit, less is better; `baseline` is the other way's, of the same run."""

    value: float
    unit: str
    baseline: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the value the baseline is; None without one."""
        return self.baseline / self.value if self.baseline is not None and self.value else None


@dataclass(frozen=True)
class Conditions:
    """What all rows share: the photos, as JPEG bytes, and how often each is measured (>= 1)."""

    jpegs: Sequence[bytes]
    repeat: int

    def progress(self, items: Iterable[Item]) -> Iterable[Item]:
        """`items` again; a row passes its photos through here, so that progress can be shown."""
        return items


@dataclass(frozen=True)
class Row:
    """One measurement: `group/name`, and the function that does it.

    `measure` raises `NotMeasurableError` where something that it needs is not there.
    """

    name: str
    measure: Callable[[Conditions], Measured]
