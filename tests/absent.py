"""Tests that need what a slim set-up goes without are skipped there, with the reason.

pytest takes this for a plugin (tests/conftest.py). Tests marked `without_torch` are never skipped:
what they ask for has to work there.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

import pytest

from framed.extras import LIBRARIES, is_there

_ABSENT = (*LIBRARIES, "timm", "scipy")
_WORDS = re.compile(rf"No module named '({'|'.join(_ABSENT)})\b|the extra `(torch)`")

Hook = Generator[None, Any, Any]


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Hook:
    """A module that imports what is absent."""
    report = yield
    if report.failed and (reason := _reason(report.longreprtext)):
        report.outcome, report.longrepr = "skipped", (str(collector.path), 0, f"Skipped: {reason}")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Hook:
    """A fixture that does."""
    return (yield from _or_skipped(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Hook:
    """A test that does, or whose server says that it cannot do without."""
    return (yield from _or_skipped(item))


def _or_skipped(item: pytest.Item) -> Hook:
    try:
        return (yield)
    except Exception as error:
        reason = _reason(str(error))
        if not reason or item.get_closest_marker("without_torch") is not None:
            raise
        pytest.skip(reason)


def _reason(text: str) -> str:
    """Which package is absent, by what was said; "" for none, and where all are there."""
    found = None if is_there(LIBRARIES) else _WORDS.search(text)
    return f"{found[1] or found[2]} is not installed" if found else ""
