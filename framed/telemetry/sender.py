"""Hands spans to the collector's exporter, and bears with a collector that does not take them."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

logger = logging.getLogger("framed.telemetry")

WARN_EVERY_SECONDS = 60.0


class PatientSender(SpanExporter):
    """Says once a minute what went wrong, and does not hold up the end of the process."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._lost = 0
        self._quiet_until = -math.inf  # on the monotonic clock
        self._last = math.inf

    def leave(self, seconds: float) -> None:
        """The process ends: what is not on its way in `seconds` is dropped."""
        self._last = time.monotonic() + seconds

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Whether the collector took them; never raises."""
        if time.monotonic() > self._last:
            return SpanExportResult.FAILURE
        try:
            result = self._exporter.export(spans)
        except Exception:  # a door: as if the collector had not taken them
            result = SpanExportResult.FAILURE
        if result is not SpanExportResult.SUCCESS:
            self._warn(len(spans))
        return result

    def shutdown(self) -> None:
        """Let go of the connection."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Nothing is kept here."""
        return True

    def _warn(self, lost: int) -> None:
        self._lost += lost
        if (now := time.monotonic()) >= self._quiet_until:
            logger.warning("%d spans of traces were not taken by the collector", self._lost)
            self._quiet_until, self._lost = now + WARN_EVERY_SECONDS, 0
