"""A trace crosses the hop to a runner in the header of the call."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

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
