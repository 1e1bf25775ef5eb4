"""What of a request crosses the hop to a runner, as headers there and a context here: its trace,
and the time that is left for it."""

from __future__ import annotations

import math
from typing import Any

from opentelemetry.propagators.textmap import TextMapPropagator

from framed.deadline import clock_of, ends_with, seconds_left
from framed.telemetry.traceparent import (
    TRACEPARENT,
    current_trace,
    enter_trace,
    read_traceparent,
)

SECONDS_LEFT = "framed-seconds-left"
_TRACE, _LEFT = TRACEPARENT.encode(), SECONDS_LEFT.encode()


class CallHeaders(TextMapPropagator):
    """Writes trace and time left into a call's headers; BentoML's handles ask it at each."""

    def inject(self, carrier: Any, context: Any = None, setter: Any = None) -> None:
        """Add the headers, if the call belongs to a trace, and to a request that ends."""
        if (place := current_trace()) is not None:
            carrier[TRACEPARENT] = place.header()
        if (left := seconds_left()) < math.inf:
            carrier[SECONDS_LEFT] = f"{left:.3f}"

    def extract(self, carrier: Any, context: Any = None, getter: Any = None) -> Any:
        """Nobody takes traces in by this way: the edge and `TakeHeaders` do."""
        return context

    @property
    def fields(self) -> set[str]:
        """The headers it may set."""
        return {TRACEPARENT, SECONDS_LEFT}


class TakeHeaders:
    """ASGI middleware of a runner: a call runs in the trace of the request that it is made for, and
    knows how long that will wait for it."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        enter_trace(read_traceparent(headers.get(_TRACE)))
        left = headers.get(_LEFT)
        with ends_with(clock_of(None if left is None else float(left))):
            await self._app(scope, receive, send)
