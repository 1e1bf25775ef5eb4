"""How long things take, and to whose request they belong: one line at each place.

`with stage("decode"):` is a duration among the metrics and a span of the request's trace, where it
has one. `with span("hop"):` is the span alone.
"""

from __future__ import annotations

from time import perf_counter
from types import TracebackType

from framed.telemetry import spans
from framed.telemetry.metrics import STAGES, Stage
from framed.telemetry.traceparent import TraceParent


class span:  # noqa: N801  # reads as a statement, like `suppress`
    """The span alone, for what is no stage of the metrics."""

    __slots__ = ("_name", "_span")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._span = spans.begin(self._name)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._span is not None:
            self._span.end(error)


class stage(span):  # noqa: N801
    """Observes the block that it surrounds, whether that ends well or not."""

    __slots__ = ("_seconds", "_start")

    def __init__(self, name: Stage) -> None:
        super().__init__(name)
        self._seconds = STAGES[name]

    def __enter__(self) -> None:
        super().__enter__()
        self._start = perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._seconds.observe(perf_counter() - self._start)
        super().__exit__(kind, error, trace)


def spent(name: Stage, start: float, end: float, parent: TraceParent | None) -> None:
    """A stage that is over, between two readings of `perf_counter`, in the trace of `parent`."""
    STAGES[name].observe(end - start)
    spans.record(name, parent, start, end)


def shared(name: Stage, start: float, parent: TraceParent | None) -> None:
    """A stage that ends now, spent for several requests at once, in the trace of one of them; it
    was observed once for all of them."""
    spans.record(name, parent, start, perf_counter())
