"""A reading cannot hold what would not survive JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from runners.technical.metrics.reading import Reading, no_reading


def test_plain_numbers_pass() -> None:
    """Floats, and nested plain figures, are what a reading holds."""
    reading = Reading(0.5, {"deg": None, "tiles": [[1, 2.0], (3, "a")], "backend": {"on": True}})
    assert reading.reason is None


def test_no_reading_is_a_reason_without_value() -> None:
    """A metric that has nothing to say says why."""
    assert no_reading("flat") == Reading(None, {}, "flat")


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), np.float64(0.5), np.float32(0.5), 1, True]
)
def test_value_that_is_no_finite_float_is_refused(value: Any) -> None:
    """NaN, infinity, numpy scalars and whole numbers never leave a metric."""
    with pytest.raises(ValueError, match=r"must be a float|not finite"):
        Reading(value)


@pytest.mark.parametrize(
    "detail",
    [{"a": np.float64(1)}, {"a": [float("nan")]}, {"a": {"b": np.int64(1)}}, {1: 2.0}, {"a": {1}}],
)
def test_detail_that_is_not_plain_is_refused(detail: Any) -> None:
    """The same holds for every figure in the detail, however deep."""
    with pytest.raises(ValueError, match="not plain"):
        Reading(0.5, detail)


@pytest.mark.parametrize(("value", "reason"), [(None, None), (0.5, "flat")])
def test_value_or_reason_but_not_both(value: float | None, reason: str | None) -> None:
    """A reading is a number or a reason, never both and never neither."""
    with pytest.raises(ValueError, match="either"):
        Reading(value, {}, reason)
