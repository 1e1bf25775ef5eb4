"""The table of metrics, and what holds for every entry of it."""

from __future__ import annotations

import numpy as np
import pytest

from runners.technical.metrics import GREY_PREVIEW, METRICS, Metric, Picture
from tests.technical import pictures
from tests.technical.pictures import Grey

PICTURES = {
    "flat": pictures.flat(128),
    "black": pictures.flat(0),
    "white": pictures.flat(255),
    "checkerboard": pictures.checkerboard(),
    "one pixel": pictures.flat(90, 1, 1),
    "one pixel wide": pictures.ramp()[:1].T,
    "one pixel high": pictures.ramp()[:1],
    "huge": np.tile(pictures.hills(), (12, 12)),
    "every second column": pictures.hills()[:, ::2],
    "upside down": pictures.hills()[::-1],
}

GREY_METRICS = [metric for metric in METRICS if metric.view == GREY_PREVIEW]


def test_order_that_users_see() -> None:
    """The first three columns stay where callers found them."""
    assert [metric.name for metric in METRICS][:3] == ["sharpness", "exposure", "noise"]


def test_names_are_unique() -> None:
    """Two metrics never write into one field."""
    assert len({metric.name for metric in METRICS}) == len(METRICS)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_facts_are_complete(metric: Metric) -> None:
    """Every metric says its range, its version, and what high and low mean to photographers."""
    low, high = metric.range
    assert low < high
    assert metric.version >= 1
    for words in (metric.high, metric.low):
        assert words.endswith(".")
        assert "\n" not in words


@pytest.mark.parametrize("grey", PICTURES.values(), ids=PICTURES.keys())
@pytest.mark.parametrize("metric", GREY_METRICS, ids=lambda metric: metric.name)
def test_odd_pictures(metric: Metric, grey: Grey) -> None:
    """Any picture gives a number in the stated range or a reason, and is left as it was."""
    grey = grey.copy()
    before = grey.copy()
    reading = metric.function(Picture(grey))
    if reading.value is not None:
        assert metric.range[0] <= reading.value <= metric.range[1]
    assert np.array_equal(grey, before)


@pytest.mark.parametrize("metric", GREY_METRICS, ids=lambda metric: metric.name)
def test_layout_in_memory_does_not_matter(metric: Metric) -> None:
    """Read-only, strided and Fortran-ordered pictures read like their plain copies."""
    hills = pictures.hills()
    locked = hills.copy()
    locked.setflags(write=False)
    for view in (locked, np.asfortranarray(hills), np.repeat(hills, 2, axis=1)[:, ::2]):
        assert metric.function(Picture(view)) == metric.function(Picture(hills))
