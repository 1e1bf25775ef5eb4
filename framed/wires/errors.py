"""The one error shape: `{"error": {"code", "message", "request_id", "details"?}}`.

A route whose older clients read another shape brings its own `ErrorBody`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from framed.errors import Code, FramedError

UNAVAILABLE = 503
SHORTLY = 1  # seconds

ErrorBody = Callable[[FramedError, str, float], dict[str, Any]]
"""A refusal, the request's id, the seconds it took -> the body that says so."""


def error_body(error: FramedError, request_id: str, seconds: float = 0.0) -> dict[str, Any]:
    """The body of a refused request; how long it took is not said in this shape."""
    return {"error": error_member(error) | {"request_id": request_id}}


def error_member(error: FramedError) -> dict[str, Any]:
    """The refusal itself, as it also stands at an item of a batch."""
    member: dict[str, Any] = {"code": error.code.value, "message": error.message}
    return member | {"details": error.details} if error.details else member


def error_headers(error: FramedError) -> dict[str, str]:
    """`Retry-After` where waiting helps, as with every 503, `WWW-Authenticate` where a key does."""
    asks = {"WWW-Authenticate": "Bearer"} if error.code is Code.UNAUTHORIZED else {}
    seconds = error.retry_after
    if seconds is None and error.status == UNAVAILABLE:
        seconds = SHORTLY
    waits = {} if seconds is None else {"Retry-After": str(seconds)}
    return asks | waits
