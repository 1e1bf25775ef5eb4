"""What BentoML's own server does around ours that a long-running public service must not do.

They are layers outside our edge, with no setting to turn them off; bentoml is pinned for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from _bentoml_impl.server.app import (
    ServiceAppFactory,
)
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.context import server_context
from bentoml._internal.server.http.instruments import RunnerTrafficMetricsMiddleware
from bentoml._internal.server.http.traffic import TimeoutMiddleware

_BELIEVED = "FORWARDED_ALLOW_IPS"
_TRACING = "opentelemetry.instrumentation.asgi"


class OpenTelemetryMiddleware:
    """In the place of its namesake, which makes three spans a call, though nobody is sent any; it
    and all that it stands on would be imported to be left out."""


_LEFT_OUT = (
    TimeoutMiddleware,  # starts a timer a call and keeps the call's memory until it would ring
    RunnerTrafficMetricsMiddleware,  # every path ever asked for becomes a series that stays
    OpenTelemetryMiddleware,
)
_ALL = ServiceAppFactory.middlewares


def is_worker() -> bool:
    """Whether a supervisor started this process, as a front or a runner."""
    return server_context.worker_index is not None


def leave_out_layers() -> None:
    """Have the services of this process built without them; ours stand at the edge."""
    ServiceAppFactory.middlewares = property(_wanted)


def believe_no_proxies() -> str:
    """Leave the client's address as the socket has it, in this process and those it starts; returns
    whose word on it would have counted by the environment.

    uvicorn believes every caller of this machine by default, and others it may be told of; whom to
    believe is for the door, which asks who is on this machine by the very same address.
    """
    believed = os.environ.get(_BELIEVED, "")
    os.environ[_BELIEVED] = ""
    return believed


def _wanted(factory: ServiceAppFactory) -> list[Any]:
    with _no_tracing():
        return [layer for layer in _ALL.fget(factory) if layer.cls not in _LEFT_OUT]


@contextmanager
def _no_tracing() -> Iterator[None]:
    """Neither BentoML's spans nor its provider of tracers within the block; ours are apart."""
    before = sys.modules.get(_TRACING)
    stand_in = ModuleType(_TRACING)
    stand_in.OpenTelemetryMiddleware = OpenTelemetryMiddleware  # type: ignore[attr-defined]
    sys.modules[_TRACING] = stand_in
    try:
        BentoMLContainer.tracer_provider.set(None)
        BentoMLContainer.tracing_excluded_urls.set(None)
        yield
    finally:
        BentoMLContainer.tracer_provider.reset()
        BentoMLContainer.tracing_excluded_urls.reset()
        sys.modules.pop(_TRACING)
        if before is not None:
            sys.modules[_TRACING] = before
