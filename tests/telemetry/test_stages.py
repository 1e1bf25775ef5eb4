"""A stage is a duration among the metrics, and a span only where traces are on."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from framed.telemetry import spans
from framed.telemetry.stages import shared, span, spent, stage
from framed.telemetry.traceparent import TraceParent, current_trace, enter_trace, leave_trace
from tests.telemetry.counting import counter

TRACE, SENDER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
COUNT = "framed_stage_seconds_count"


@pytest.fixture
def kept() -> Iterator[InMemorySpanExporter]:
    """Traces are on, and their spans stay here."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans.turn_on(provider.get_tracer("tests"))
    yield exporter
    spans.turn_on(None)


@pytest.fixture(params=[True, False], ids=["sampled", "not sampled"])
def place(request: pytest.FixtureRequest) -> Iterator[TraceParent]:
    """The test runs within a trace, one that is kept and one that is not."""
    place = TraceParent(TRACE, SENDER, request.param)
    token = enter_trace(place)
    yield place
    leave_trace(token)


def parent_of(span: ReadableSpan) -> str | None:
    """The id of the span above."""
    return f"{span.parent.span_id:016x}" if span.parent else None


def test_a_stage_is_observed_however_it_ends() -> None:
    """An error is no less of a duration."""
    seen, total = counter(COUNT, stage="score"), counter("framed_stage_seconds_sum", stage="score")
    start = perf_counter()
    with stage("score"):
        pass
    with pytest.raises(ValueError, match="x"), stage("score"):
        raise ValueError("x")
    assert seen() == 2
    assert 0 < total() <= perf_counter() - start


def test_nothing_is_made_where_traces_are_off(place: TraceParent) -> None:
    """Neither a span nor a new place in the trace."""
    with stage("score"), span("hop"):
        assert current_trace() is place
    assert spans.begin("score") is None
    assert spans.begin_request("GET /", {}) is None


def test_spans_stand_below_one_another(kept: InMemorySpanExporter, place: TraceParent) -> None:
    """And what is outside again stands where it stood; a trace that is not kept has none."""
    with stage("decode"), span("hop"):
        inner = current_trace()
    assert current_trace() is place
    made = {each.name: each for each in kept.get_finished_spans()}
    if not place.sampled:
        assert made == {}
        assert inner is place
        return
    assert inner is not None
    assert made.keys() == {"decode", "hop"}
    assert parent_of(made["decode"]) == SENDER
    assert parent_of(made["hop"]) == f"{made['decode'].context.span_id:016x}"
    assert inner.trace_id == TRACE


def test_a_failure_is_marked(kept: InMemorySpanExporter) -> None:
    """By its kind; the words may be a sender's own."""
    token = enter_trace(TraceParent(TRACE, SENDER, True))
    with pytest.raises(ValueError, match="secret"), stage("score"):
        raise ValueError("secret")
    leave_trace(token)
    (made,) = kept.get_finished_spans()
    assert (made.status.is_ok, made.status.description) == (False, "ValueError")
    assert not made.events


def test_what_is_over_gets_its_span_afterwards(kept: InMemorySpanExporter) -> None:
    """A photo's wait is known when it ends; the model's call is one for many traces."""
    place, end = TraceParent(TRACE, SENDER, True), perf_counter()
    queue, encode = counter(COUNT, stage="queue"), counter(COUNT, stage="encode")
    spent("queue", end - 2.0, end - 0.5, place)
    shared("encode", end - 0.5, place)
    spent("queue", end - 2.0, end - 0.5, None)
    assert (queue(), encode()) == (2, 0)
    waited, encoded = kept.get_finished_spans()
    assert (waited.name, encoded.name) == ("queue", "encode")
    assert parent_of(waited) == parent_of(encoded) == SENDER
    assert waited.start_time is not None
    assert waited.end_time is not None
    assert (waited.end_time - waited.start_time) / 1e9 == pytest.approx(1.5, abs=1e-3)


def test_a_request_without_a_sender_begins_a_trace(kept: InMemorySpanExporter) -> None:
    """Its stages stand below it."""
    token = enter_trace(None)
    request = spans.begin_request("POST /classify", {"http.route": "/classify"})
    assert request is not None
    with stage("decode"):
        pass
    request.end()
    assert current_trace() is None
    leave_trace(token)
    decode, root = kept.get_finished_spans()
    assert parent_of(root) is None
    assert parent_of(decode) == f"{root.context.span_id:016x}"
