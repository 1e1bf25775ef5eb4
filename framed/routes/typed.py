"""The typed API functions' own way in: the same web application, called inside this process.

Over HTTP these functions are never run (see `fallthrough`); they are for the schema, for the client
SDK's signatures, and for Python code that holds the service object.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from framed.access.door import INSIDE
from framed.errors import Code, FramedError
from framed.wires.body import read_json, write_json

TypedCall = Callable[..., Awaitable[Any]]


def typed_call(web: ASGIApp) -> TypedCall:
    """A function `(route, fields, *file fields) -> answer` on the application `web`."""

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        await web({**scope, INSIDE: True}, receive, send)

    async def call(route: str, asked: Mapping[str, Any], *file_fields: str) -> Any:
        given = {name: value for name, value in asked.items() if value is not None}
        files = [(name, path) for name in file_fields for path in _paths(given.pop(name, None))]
        uploads = [(name, (path.name, path.read_bytes())) for name, path in files]
        form = {name: write_json(value).decode() for name, value in given.items()}
        transport = httpx.ASGITransport(app=inside)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            response = await client.post(route, data=form, files=uploads or None)
        return _answer(response)

    return call


def _paths(given: Any) -> list[Path]:
    return [Path(given)] if isinstance(given, str | Path) else [Path(path) for path in given or ()]


def _answer(response: httpx.Response) -> Any:
    answer = read_json(response.content)
    if response.is_success:
        return answer
    error = answer["error"]
    raise FramedError(Code(error["code"]), error["message"], details=error.get("details"))
