"""What uvicorn and the frameworks say in plain text leaves in the one shape."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl

from framed.framework.cycle import Cycle

SECRET = "a path of ours"


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.data = b""
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.data += data

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


def answer(app: Any, *, more_body: bool = False) -> tuple[int, dict[str, str], bytes, Wire]:
    """Status, headers and body of what `app` makes of one request."""
    wire: Any = Wire()

    async def scenario() -> None:
        scope: Any = {"method": "GET", "http_version": "1.1", "headers": [(b"x-request-id", b"r")]}
        cycle = Cycle(
            scope=scope,
            transport=wire,
            flow=FlowControl(wire),
            logger=logging.getLogger("uvicorn.error"),
            access_logger=logging.getLogger("uvicorn.access"),
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=True,
            on_response=lambda: None,
        )
        cycle.more_body = more_body
        await cycle.run_asgi(app)

    asyncio.run(scenario())
    head, _, body = wire.data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body, wire


def saying(status: int, kind: bytes, body: bytes = b"plain") -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def fails(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError(SECRET)


async def says_nothing(scope: Any, receive: Any, send: Any) -> None:
    return None


@pytest.mark.parametrize(
    ("app", "status", "code"),
    [
        (fails, 500, "internal"),
        (says_nothing, 500, "internal"),
        (saying(500, b"text/plain"), 500, "internal"),
        (saying(404, b"text/plain; charset=utf-8"), 404, "not_found"),
        (saying(405, b"text/plain"), 405, "method_not_allowed"),
        (saying(400, b"text/plain"), 400, "invalid_http"),
        (saying(503, b"text/plain"), 503, "unavailable"),
    ],
)
def test_plain_refusals(app: Any, status: int, code: str) -> None:
    """Code, request id and, where waiting helps, for how long; nothing of what happened inside."""
    answered, headers, body, _ = answer(app)
    error = json.loads(body)["error"]
    assert (answered, error["code"], error["request_id"]) == (status, code, "r")
    assert ("retry-after" in headers) == (status == 503)
    assert SECRET.encode() not in body


@pytest.mark.parametrize(
    ("status", "kind"), [(200, b"text/plain"), (404, b"application/json"), (500, b"text/html")]
)
def test_everything_else_is_left_alone(status: int, kind: bytes) -> None:
    """Answers, and refusals that have a shape already."""
    answered, _, body, wire = answer(saying(status, kind))
    assert (answered, body, wire.is_closed) == (status, b"plain", False)


def test_a_sender_in_mid_body_is_told_that_the_connection_ends() -> None:
    """It is closed by the protocol, which first reads on for a moment."""
    _, headers, _, wire = answer(saying(404, b"application/json"), more_body=True)
    assert headers["connection"] == "close"
    assert not wire.is_closed
