"""What BentoML's own server does around ours that a long-running public service must not do.

The two are layers outside our edge, with no setting to turn them off; bentoml is pinned for it.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from bentoml._internal.context import server_context
from bentoml._internal.server.http.instruments import RunnerTrafficMetricsMiddleware
from bentoml._internal.server.http.traffic import TimeoutMiddleware

_COUNTED = RunnerTrafficMetricsMiddleware.__call__


def is_worker() -> bool:
    """Whether a supervisor started this process, as a front or a runner."""
    return server_context.worker_index is not None


def drop_timers() -> None:
    """Take BentoML's timeout out of this process; ours stand at the edge.

    It starts a timer a call and never stops it, so that a call's memory is kept until the timeout
    has passed: with a timeout that never comes first, for ever.
    """
    TimeoutMiddleware.__call__ = _straight_on  # type: ignore[method-assign]


def count_only(paths: Container[str]) -> None:
    """Keep the metrics of this process to `paths`.

    Every path that was ever asked for becomes a label that stays, with its histogram: whoever asks
    for thousands of paths that do not exist fills the memory and `/metrics`.
    """

    async def call(self: Any, scope: Any, receive: Any, send: Any) -> None:
        known = scope["type"] != "http" or scope["path"] in paths
        await (_COUNTED(self, scope, receive, send) if known else self.app(scope, receive, send))

    RunnerTrafficMetricsMiddleware.__call__ = call  # type: ignore[method-assign]


async def _straight_on(self: TimeoutMiddleware, scope: Any, receive: Any, send: Any) -> None:
    await self.app(scope, receive, send)
