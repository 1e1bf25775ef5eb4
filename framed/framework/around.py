"""What BentoML's own server does around ours that a long-running public service must not do.

They are layers outside our edge, with no setting to turn them off; bentoml is pinned for it.
"""

from __future__ import annotations

import os
from typing import Any

from _bentoml_impl.server.app import (
    ServiceAppFactory,
)
from bentoml._internal.context import server_context
from bentoml._internal.server.http.instruments import RunnerTrafficMetricsMiddleware
from bentoml._internal.server.http.traffic import TimeoutMiddleware
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

_BELIEVED = "FORWARDED_ALLOW_IPS"
_LEFT_OUT = (
    TimeoutMiddleware,  # starts a timer a call and keeps the call's memory until it would ring
    RunnerTrafficMetricsMiddleware,  # every path ever asked for becomes a series that stays
    OpenTelemetryMiddleware,  # makes three spans a call, though nobody is sent any
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
    return [layer for layer in _ALL.fget(factory) if layer.cls not in _LEFT_OUT]
