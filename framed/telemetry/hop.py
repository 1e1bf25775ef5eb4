"""The trace of a request across the hop to a runner: a header there, a context here."""

from __future__ import annotations

from typing import Any

from opentelemetry.propagators.textmap import TextMapPropagator

from framed.telemetry.traceparent import (
    TRACEPARENT,
    current_trace,
    enter_trace,
    read_traceparent,
)

_HEADER = TRACEPARENT.encode()


class TraceHeader(TextMapPropagator):
    """Writes the trace that runs now into a call's headers; BentoML's handles ask it at each."""

    def inject(self, carrier: Any, context: Any = None, setter: Any = None) -> None:
        """Add the header, if the call belongs to a trace."""
        if (place := current_trace()) is not None:
            carrier[TRACEPARENT] = place.header()

    def extract(self, carrier: Any, context: Any = None, getter: Any = None) -> Any:
        """Nobody takes traces in by this way: the edge and `TakeTrace` do."""
        return context

    @property
    def fields(self) -> set[str]:
        """The headers it may set."""
        return {TRACEPARENT}


class TakeTrace:
    """ASGI middleware of a runner: a call runs in the trace of the request that it is made for."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            enter_trace(read_traceparent(dict(scope["headers"]).get(_HEADER)))
        await self._app(scope, receive, send)
