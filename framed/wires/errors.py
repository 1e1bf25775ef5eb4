"""The one error shape: `{"error": {"code", "message", "request_id", "details"?}}`."""

from __future__ import annotations

from typing import Any

from framed.errors import FramedError


def error_body(error: FramedError, request_id: str) -> dict[str, Any]:
    """The body of a refused request."""
    return {"error": error_member(error) | {"request_id": request_id}}


def error_member(error: FramedError) -> dict[str, Any]:
    """The refusal itself, as it also stands at an item of a batch."""
    member: dict[str, Any] = {"code": error.code.value, "message": error.message}
    return member | {"details": error.details} if error.details else member


def error_headers(error: FramedError) -> dict[str, str]:
    """`Retry-After` where waiting helps."""
    return {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
