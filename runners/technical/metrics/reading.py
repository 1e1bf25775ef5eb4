"""What a metric answers about one picture: a number, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reading:
    """One metric's answer: `value`, further figures in `detail`, and `reason` for a None.

    Exactly one of `value` and `reason` is None. `extras` are numbers that stand beside the value,
    by the names that the metric declares. All of them and `detail` are plain Python (float, int,
    bool, str, None, and lists, tuples and dicts of these), without NaN or infinity, so that they
    can cross processes and become JSON; anything else raises ValueError here.
    """

    value: float | None
    detail: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None
    extras: Mapping[str, float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None):
            raise ValueError(f"either a value or a reason, not {self.value!r} and {self.reason!r}")
        if self.value is not None and type(self.value) is not float:
            raise ValueError(f"the value must be a float, not {type(self.value).__name__}")
        if not all(map(_is_plain, (self.value, self.extras, self.detail))):
            raise ValueError(f"not plain or not finite: {self!r}")


def no_reading(reason: str) -> Reading:
    """The answer of a metric that has nothing to say about this picture."""
    return Reading(value=None, reason=reason)


def _is_plain(thing: Any) -> bool:
    if isinstance(thing, Mapping):
        return all(type(key) is str and _is_plain(value) for key, value in thing.items())
    if isinstance(thing, list | tuple):
        return all(map(_is_plain, thing))
    if type(thing) is float:
        return math.isfinite(thing)
    return thing is None or type(thing) in (bool, int, str)  # type(): np.float64 is a float too
