"""The header `traceparent`: read as W3C says, and taken along by whatever runs for a request."""

from __future__ import annotations

import asyncio

import pytest

from framed.telemetry.traceparent import (
    TraceParent,
    current_trace,
    enter_trace,
    leave_trace,
    read_traceparent,
)

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PLACE = TraceParent(TRACE, SPAN, True)


@pytest.mark.parametrize(
    ("header", "sampled"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"00-{TRACE}-{SPAN}-00", False),
        (f"00-{TRACE}-{SPAN}-03", True),
        (f"cc-{TRACE}-{SPAN}-01-of-a-later-version", True),
    ],
)
def test_a_place_is_read(header: str, sampled: bool) -> None:
    """Trace, span, and whether the trace is kept."""
    assert read_traceparent(header.encode()) == TraceParent(TRACE, SPAN, sampled)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "garbage",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-0x",
        f"00-{TRACE}\n-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01" + "\xff" * 10_000,
    ],
)
def test_what_is_written_otherwise_is_no_place(header: str) -> None:
    """A new trace begins, as if nothing had come."""
    assert read_traceparent(header.encode("latin-1")) is None


def test_a_place_is_written_as_it_was_read() -> None:
    """So the runners get what the edge got."""
    assert read_traceparent(PLACE.header().encode()) == PLACE


def test_what_a_request_starts_is_in_its_trace() -> None:
    """Tasks and threads inherit it; when it is left, nothing is."""

    async def scenario() -> None:
        token = enter_trace(PLACE)
        assert await asyncio.create_task(_here()) == PLACE
        assert await asyncio.to_thread(current_trace) == PLACE
        leave_trace(token)
        assert current_trace() is None

    asyncio.run(scenario())


async def _here() -> TraceParent | None:
    return current_trace()
