"""The one error shape."""

from __future__ import annotations

import pytest

from framed.errors import Code, FramedError
from framed.wires.errors import error_body, error_headers, error_member


@pytest.mark.parametrize("code", Code)
def test_each_code_has_the_one_shape(code: Code) -> None:
    """Code, message and request id under `error`, whatever went wrong."""
    body = error_body(FramedError(code, "so"), "r1")
    assert body == {"error": {"code": code.value, "message": "so", "request_id": "r1"}}


def test_details_are_there_where_there_are_any() -> None:
    """Data for machines beside the words for people."""
    detailed = FramedError(Code.TOO_LARGE, "so", details={"limit_bytes": 7})
    assert error_body(detailed, "r1")["error"]["details"] == {"limit_bytes": 7}


def test_an_item_of_a_batch_has_no_request_id() -> None:
    """It shares that of the batch."""
    assert error_member(FramedError(Code.EMPTY, "so")) == {"code": "empty", "message": "so"}


def test_waiting_is_advised_where_it_helps() -> None:
    """`Retry-After` in whole seconds, with every 503, or no header."""
    assert error_headers(FramedError(Code.NOT_READY, "so", retry_after=2)) == {"Retry-After": "2"}
    assert error_headers(FramedError(Code.EMPTY, "so")) == {}
    assert error_headers(FramedError(Code.UNAVAILABLE, "so")) == {"Retry-After": "1"}
    assert error_headers(FramedError(Code.DEADLINE, "so")) == {}
