"""Which methods a path takes, and what it says to the others."""

from __future__ import annotations

import pytest

from tests.routes.conftest import Send

ALLOWED = {
    "/classify": "OPTIONS, POST",
    "/labels": "GET, HEAD, OPTIONS",
    "/analyze": "GET, HEAD, OPTIONS, POST",
    "/": "GET, HEAD, OPTIONS",
    "/docs": "GET, HEAD, OPTIONS",
    "/openapi.json": "GET, HEAD, OPTIONS",
    "/metrics": "GET, HEAD, OPTIONS",
    "/static-offline-docs/favicon.png": "GET, HEAD, OPTIONS",
}
OTHERS = ("DELETE", "PUT", "PATCH", "TRACE", "CONNECT", "FROB")


@pytest.mark.parametrize(("path", "methods"), ALLOWED.items())
def test_options_is_answered_with_the_methods_there_are(
    path: str, methods: str, send: Send
) -> None:
    """All of them, and nothing else."""
    answer = send("OPTIONS", path)
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, methods, b"")


@pytest.mark.parametrize("method", OTHERS)
@pytest.mark.parametrize(("path", "methods"), ALLOWED.items())
def test_a_method_that_is_not_there_is_refused(
    path: str, methods: str, method: str, send: Send
) -> None:
    """With the ones that are, in the header and in words; made-up methods too."""
    answer = send(method, path)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == methods
    assert methods in error.get("reason", error["message"])
    assert error["request_id"] == answer.headers["x-request-id"]


def test_a_path_that_is_not_there_has_no_methods(send: Send) -> None:
    """It is not found, whatever is asked of it."""
    assert send("OPTIONS", "/nowhere").status_code == 404


@pytest.mark.parametrize("path", ["/livez", "/", "/docs", "/openapi.json"])
def test_head_is_get_without_a_body(path: str, send: Send) -> None:
    """Its status and headers are the same."""
    head, got = send("HEAD", path), send("GET", path)
    assert head.status_code == got.status_code == 200
    assert head.headers["content-type"] == got.headers["content-type"]
