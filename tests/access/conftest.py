"""A clock that the tests of rates turn by hand."""

from __future__ import annotations

import pytest
from limits.aio.storage import memory


class Clock:
    """Stands in for `time` where rates are counted; starts with a whole minute."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of every store in this process's memory."""
    made = Clock()
    monkeypatch.setattr(memory, "time", made)
    return made
