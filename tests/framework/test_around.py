"""BentoML's own layers that we do without."""

from __future__ import annotations

from typing import Any

from framed.framework.around import leave_out_layers
from framed.leaving import CountCalls
from framed.telemetry.hop import TakeHeaders
from runners.technical.runner import TechnicalRunner

GONE = {"TimeoutMiddleware", "RunnerTrafficMetricsMiddleware", "OpenTelemetryMiddleware"}


def test_timers_metrics_and_spans_of_its_own_are_left_out() -> None:
    """BentoML puts only the others around a service; ours stay."""
    leave_out_layers()
    runner: Any = TechnicalRunner
    kept = [layer.cls for layer in runner.to_asgi().user_middleware]
    assert not GONE & {layer.__name__ for layer in kept}
    assert {TakeHeaders, CountCalls} <= {*kept}
