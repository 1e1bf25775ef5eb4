"""Talking to an ASGI application message by message, as a server does, and reading its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Scope

from framed.routes.context import KEY, Context

DISCONNECT: Message = {"type": "http.disconnect"}


@dataclass
class Answer:
    """What an application sent; `left` counts the pieces of the request that it did not read."""

    messages: list[Message] = field(default_factory=list)
    left: int = 0

    @property
    def starts(self) -> list[Message]:
        return [each for each in self.messages if each["type"] == "http.response.start"]

    @property
    def status(self) -> int:
        return int(self.starts[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.starts[0]["headers"]}

    @property
    def body(self) -> bytes:
        bodies = (each for each in self.messages if each["type"] == "http.response.body")
        return b"".join(each.get("body", b"") for each in bodies)

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = json.loads(self.body)["error"]
        return error


def scope_of(
    path: str = "/",
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    client: tuple[str, int] | None = ("127.0.0.1", 5000),
    query: str = "",
) -> Scope:
    """The scope of one HTTP request."""
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "headers": raw,
        "query_string": query.encode(),
        "client": client,
        "server": ("127.0.0.1", 3000),
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
    }


def pieces(*bodies: bytes) -> list[Message]:
    """A request's body in pieces, the last one marked as such."""
    return [
        {"type": "http.request", "body": body, "more_body": number < len(bodies)}
        for number, body in enumerate(bodies, start=1)
    ]


async def ask(app: ASGIApp, scope: Scope, incoming: Sequence[Message] = ()) -> Answer:
    """Hand one request to `app`; once its pieces are read, the client is gone."""
    answer, waiting = Answer(), [*(incoming or pieces(b""))]

    async def receive() -> Message:
        return waiting.pop(0) if waiting else DISCONNECT

    async def send(message: Message) -> None:
        answer.messages.append(message)

    await app(scope, receive, send)
    answer.left = len(waiting)
    return answer


def request_of(built: httpx.Request, client: tuple[str, int] = ("127.0.0.1", 5000)) -> Request:
    """What a route is given when a client sends `built`."""
    scope = scope_of(built.url.path, built.method, dict(built.headers), client)
    scope["query_string"] = built.url.query
    scope["state"] = {KEY: Context("r1")}
    scope["app"] = None  # as inside an application, where a broken form is an HTTPException
    waiting = pieces(built.read())

    async def receive() -> Message:
        return waiting.pop(0) if waiting else DISCONNECT

    return Request(scope, receive)
