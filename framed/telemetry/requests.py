"""A request from its first byte to the end of its answer, as metrics and traces see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from framed.telemetry import spans
from framed.telemetry.metrics import REQUEST_SECONDS, REQUESTS
from framed.telemetry.photos import PhotosOfRequest
from framed.telemetry.spans import OpenSpan
from framed.telemetry.traceparent import TRACEPARENT, enter_trace, read_traceparent

OTHER = "other"  # paths that there are not: whoever asks for thousands of them leaves no trace
CLIENT_LEFT = 499  # of no standard, but what proxies log: no answer, or nobody who read it
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HEADER = TRACEPARENT.encode()


@dataclass
class _Level:
    now: int = 0


_level = _Level()


def in_flight() -> int:
    """Requests that this process is answering, probes left out."""
    return _level.now


class WatchedRequest:
    """Made when a request comes in, at the edge; `end` is called when it has been answered."""

    __slots__ = ("_is_probe", "_photos", "_route", "_span")

    def __init__(
        self, headers: Mapping[bytes, bytes], method: str, route: str | None, *, is_probe: bool
    ) -> None:
        """`route` is one of the application's own paths, or None."""
        self._route = route or OTHER
        self._is_probe = is_probe
        enter_trace(read_traceparent(headers.get(_HEADER)))
        self._span = None if is_probe else _span(method, self._route)
        self._photos = PhotosOfRequest()
        _level.now += not is_probe

    def end(self, status: int | None, seconds: float, log: Mapping[str, Any]) -> None:
        """It was answered with `status` (None: not at all); `log` are the fields of its line."""
        code, status = str(log.get("code", "")), status or CLIENT_LEFT
        _level.now -= not self._is_probe
        self._photos.close(code)
        REQUEST_SECONDS.labels(self._route, status).observe(seconds)
        REQUESTS.labels(self._route, status, code).inc()
        if self._span is not None:
            _end(self._span, status, code)


def _span(method: str, route: str) -> OpenSpan | None:
    method = method if method in _METHODS else "_OTHER"
    facts = {"http.request.method": method, "http.route": route}
    return spans.begin_request(f"{method} {route}", facts)


def _end(span: OpenSpan, status: int, code: str) -> None:
    span.note({"http.response.status_code": status} | ({"error.type": code} if code else {}))
    if status >= 500:
        span.fail(code)
    span.end()
