"""What nobody waits for is not worked on: a request ends once its client has left.

The same at the edge of the front and at the doors of the runners: a call between them ends with the
request that it was made for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container, MutableMapping
from typing import Any, cast

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_GONE = "http.disconnect"


class ClientLeftError(Exception):
    """The client closed its connection before it had the whole answer."""


class WhileAwaited:
    """ASGI middleware that ends a request whose client has left; the paths of `unless` go on."""

    def __init__(self, app: App, unless: Container[str] = ()) -> None:
        self._app = app
        self._unless = unless

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._unless:
            await self._app(scope, receive, send)
            return
        try:
            await while_awaited(self._app, scope, receive, send)
        except ClientLeftError:  # the front has logged why
            return


async def while_awaited(
    app: App, scope: MutableMapping[str, Any], receive: Receive, send: Send
) -> None:
    """Run `app`, and cancel it where the client leaves after its body and before its answer.

    Raises `ClientLeftError` in that case. One that leaves in mid-body is told to `app` as ever.
    """
    client = _Client(receive, send)
    try:
        await app(scope, client.receive, client.send)
    finally:
        client.look_away()


class _Client:
    """Both ends of one request; from the end of its body on it is watched."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._task = cast("asyncio.Task[None]", asyncio.current_task())
        self._cancelled_before = self._task.cancelling()
        self._watch: asyncio.Task[Message] | None = None
        self._is_answered = False
        self._has_left = False

    async def receive(self) -> Message:
        if self._watch is not None:  # what comes now is the end of the connection
            return await asyncio.shield(self._watch)
        message = await self._receive()
        if message["type"] != _GONE and not message.get("more_body", False):
            self._watch = asyncio.create_task(self._until_left())
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._is_answered = True
        await self._send(message)

    def look_away(self) -> None:
        """The application has ended. Raises `ClientLeftError` where it was ended."""
        if self._watch is not None:
            self._watch.cancel()
        if self._has_left and self._task.uncancel() <= self._cancelled_before:
            raise ClientLeftError

    async def _until_left(self) -> Message:
        while (message := await self._receive())["type"] != _GONE:
            pass
        if not self._is_answered:
            self._has_left = True
            self._task.cancel()
        return message
