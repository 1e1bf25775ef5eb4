"""Memory is given back once a burst is over, and what lies in cycles before it is much."""

from __future__ import annotations

import asyncio

import pytest

from framed.routes import tidying
from framed.routes.room import Room
from framed.routes.tidying import WORTH_BYTES, Tidying
from framed.settings import MIB


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done to have memory back, in order."""
    what: list[str] = []
    monkeypatch.setattr(tidying, "QUIET_SECONDS", 0.02)
    monkeypatch.setattr(tidying, "give_back", lambda: what.append("all"))
    monkeypatch.setattr(tidying, "trim", lambda: what.append("holes"))
    monkeypatch.setattr(tidying.gc, "collect", lambda: what.append("cycles"))
    return what


def test_after_a_burst_once_nobody_holds_any(done: list[str]) -> None:
    """Not while requests still come, nor while one holds room, nor again without another burst."""

    async def scenario() -> None:
        room = Room(MIB)
        room.take(10)
        ours = Tidying(room)
        for _ in range(WORTH_BYTES // MIB):
            ours.after(MIB, failed=False)
        await asyncio.sleep(0.1)
        assert done == []
        room.give_back(10)
        await asyncio.sleep(0.1)
        assert done == ["all"]
        ours.after(MIB, failed=False)
        await asyncio.sleep(0.1)

    asyncio.run(scenario())
    assert done == ["all"]


def test_large_requests_leave_holes(done: list[str]) -> None:
    """Which are given back meanwhile."""

    async def scenario() -> None:
        room = Room(MIB)
        room.take(10)
        ours = Tidying(room)
        for _ in range(8):
            ours.after(WORTH_BYTES // 4, failed=False)
        await asyncio.sleep(0.05)

    asyncio.run(scenario())
    assert done == ["holes", "holes"]


def test_failures_leave_cycles(done: list[str]) -> None:
    """Those of the frames that a traceback knows."""

    async def scenario() -> None:
        ours = Tidying(Room(MIB))
        for _ in range(WORTH_BYTES // MIB):
            ours.after(MIB, failed=True)

    asyncio.run(scenario())
    assert done == ["cycles"]
