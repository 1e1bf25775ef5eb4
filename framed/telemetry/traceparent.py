"""The W3C header `traceparent`: which trace a request belongs to, and who asked.

It is taken at the edge and in the runners, and goes along with whatever runs on behalf of the
request, into its log lines and to the runners, whether traces are sent anywhere or not.
"""

from __future__ import annotations

import re
from contextvars import ContextVar, Token
from dataclasses import dataclass

TRACEPARENT = "traceparent"
_WRITTEN = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)


@dataclass(frozen=True, slots=True)
class TraceParent:
    """A place in a trace: 32 and 16 hexadecimal digits, and whether the trace is kept."""

    trace_id: str
    span_id: str
    sampled: bool

    def header(self) -> str:
        """As it is sent."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


_CURRENT: ContextVar[TraceParent | None] = ContextVar("framed_traceparent", default=None)


def read_traceparent(header: bytes | None) -> TraceParent | None:
    """The place that a header names; None where there is none, or it is not written as it must."""
    found = _WRITTEN.fullmatch(header.decode("latin-1")) if header else None
    if found is None or (found[1] == "00" and found[5]):
        return None
    return TraceParent(found[2], found[3], bool(int(found[4], 16) & 1))


def current_trace() -> TraceParent | None:
    """Where the code that asks runs; None: in no trace."""
    return _CURRENT.get()


def enter_trace(place: TraceParent | None) -> Token[TraceParent | None]:
    """From now on what runs here runs at `place`; `leave_trace` goes back."""
    return _CURRENT.set(place)


def leave_trace(token: Token[TraceParent | None]) -> None:
    """Back to where `enter_trace` came from."""
    _CURRENT.reset(token)
