"""What one test made the metrics of this process grow by."""

from __future__ import annotations

from collections.abc import Callable

from framed.telemetry.keeping import REGISTRY


def counter(name: str, **labels: str) -> Callable[[], float]:
    """A look at a series: how much it grew since now."""
    before = _value(name, labels)
    return lambda: _value(name, labels) - before


def _value(name: str, labels: dict[str, str]) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0
