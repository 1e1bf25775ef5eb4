"""Spans of traces, where traces are on; no object is made where they are not.

The place in the trace travels in a context variable of ours, so that nothing but the exporter
depends on OpenTelemetry's packages.
"""

from __future__ import annotations

import time
from contextvars import Token
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from framed.telemetry.traceparent import TraceParent, current_trace, enter_trace, leave_trace

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

_NANO = 1_000_000_000


@dataclass
class _On:
    tracer: Tracer | None = None


_on = _On()  # set once when the process starts, or never


def turn_on(tracer: Tracer | None) -> None:
    """Make spans by `tracer` from now on; None: make none."""
    _on.tracer = tracer


class OpenSpan:
    """A span that runs, and that what is called meanwhile stands under."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: Span, token: Token[TraceParent | None]) -> None:
        self._span = span
        self._token = token

    def note(self, facts: dict[str, Any]) -> None:
        """Add attributes to the span."""
        self._span.set_attributes(facts)

    def end(self, error: BaseException | None = None) -> None:
        """It ends now; `error` marks it as failed."""
        if error is not None:
            _mark_failed(self._span, type(error).__name__)
        self._span.end()
        leave_trace(self._token)

    def fail(self, words: str) -> None:
        """Mark it as failed."""
        _mark_failed(self._span, words)


def begin(name: str) -> OpenSpan | None:
    """A span below the one that runs; None where the request is not traced."""
    if _on.tracer is None:
        return None
    parent = current_trace()
    if parent is None or not parent.sampled:
        return None
    return _opened(_on.tracer.start_span(name, context=_context_of(parent)))


def begin_request(name: str, facts: dict[str, Any]) -> OpenSpan | None:
    """The span of a request, below the one of whoever sent it; None where traces are off.

    Whether it is kept is decided here: as the sender did, or by the share of the settings.
    """
    if _on.tracer is None:
        return None
    from opentelemetry.trace import SpanKind

    parent = current_trace()
    context = _context_of(parent)
    return _opened(
        _on.tracer.start_span(name, context=context, kind=SpanKind.SERVER, attributes=facts)
    )


def record(name: str, parent: TraceParent | None, start: float, end: float) -> None:
    """A span below `parent` that is over, between two readings of `perf_counter`."""
    if _on.tracer is None or parent is None or not parent.sampled:
        return
    epoch = time.time_ns() - time.perf_counter_ns()
    began = epoch + int(start * _NANO)
    span = _on.tracer.start_span(name, context=_context_of(parent), start_time=began)
    span.end(epoch + int(end * _NANO))


def _opened(span: Span) -> OpenSpan:
    return OpenSpan(span, enter_trace(_place_of(span)))


def _place_of(span: Span) -> TraceParent:
    about = span.get_span_context()
    return TraceParent(
        f"{about.trace_id:032x}", f"{about.span_id:016x}", bool(about.trace_flags.sampled)
    )


def _context_of(place: TraceParent | None) -> Context:
    from opentelemetry.context import Context
    from opentelemetry.trace import (
        NonRecordingSpan,
        SpanContext,
        TraceFlags,
        set_span_in_context,
    )

    if place is None:
        return Context()
    flags = TraceFlags(TraceFlags.SAMPLED if place.sampled else TraceFlags.DEFAULT)
    about = SpanContext(int(place.trace_id, 16), int(place.span_id, 16), True, flags)
    return set_span_in_context(NonRecordingSpan(about), Context())


def _mark_failed(span: Span, words: str) -> None:
    from opentelemetry.trace import StatusCode

    span.set_status(StatusCode.ERROR, words)
