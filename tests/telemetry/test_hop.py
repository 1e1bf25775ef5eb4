"""A trace, and the time left, cross the hop to a runner in headers of the call."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest

from framed.deadline import ends_with, seconds_left
from framed.telemetry.hop import CallHeaders, TakeHeaders
from framed.telemetry.traceparent import TraceParent, current_trace, enter_trace, leave_trace

PLACE = TraceParent("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", False)


@pytest.mark.parametrize("place", [PLACE, None])
def test_a_runner_runs_where_its_caller_does(place: TraceParent | None) -> None:
    """Kept or not, it is named in the runner's log lines; outside of a trace nothing is sent."""
    headers: dict[str, str] = {}
    token = enter_trace(place)
    CallHeaders().inject(headers)
    leave_trace(token)
    assert headers.keys() == ({"traceparent"} if place else set())
    assert asyncio.run(_place_in_runner(headers)) == place


async def _place_in_runner(headers: dict[str, str]) -> TraceParent | None:
    seen: list[TraceParent | None] = []

    async def runner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(current_trace())

    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    await TakeHeaders(runner)({"type": "http", "headers": sent}, None, None)
    return seen[0]


@pytest.mark.parametrize(("seconds", "left"), [(50.0, pytest.approx(50.0, abs=5)), (None, None)])
def test_a_runner_knows_how_long_its_caller_waits(seconds: float | None, left: Any) -> None:
    """Where the request has no end, nothing is sent, and the runner has all the time."""

    async def scenario() -> dict[str, str]:
        headers: dict[str, str] = {}
        async with asyncio.timeout(seconds) as clock:
            with ends_with(clock):
                CallHeaders().inject(headers)
        return headers

    headers = asyncio.run(scenario())
    assert headers.keys() == (set() if seconds is None else {"framed-seconds-left"})
    seen: list[float] = []

    async def runner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(seconds_left())

    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(TakeHeaders(runner)({"type": "http", "headers": sent}, None, None))
    assert seen == [math.inf if seconds is None else left]
