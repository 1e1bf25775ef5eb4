"""A request ends once its client has left, and not before, and not for any other reason."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from framed.awaited import ClientLeftError, WhileAwaited, while_awaited

END = {"type": "http.response.body", "body": b"", "more_body": False}


class Client:
    """Sends its body, and leaves when told."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces) or [b""]
        self.left = asyncio.Event()
        self.sent: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        if self._pieces:
            piece = self._pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(self._pieces)}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)


async def read(receive: Any) -> None:
    while (await receive()).get("more_body"):
        pass


async def talk(app: Any, client: Client) -> None:
    await asyncio.wait_for(while_awaited(app, {}, client.receive, client.send), 5)


def test_work_ends_with_its_client() -> None:
    """The application is cancelled where it stands."""

    async def scenario() -> None:
        client, ended = Client(b"a", b"b"), False

        async def app(scope: Any, receive: Any, send: Any) -> None:
            nonlocal ended
            await read(receive)
            client.left.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended = True

        with pytest.raises(ClientLeftError):
            await talk(app, client)
        assert ended

    asyncio.run(scenario())


def test_who_waits_is_answered() -> None:
    """Leaving after the answer is leaving as everybody does."""

    async def scenario() -> None:
        client, logged = Client(b"a"), []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await read(receive)
            await send(END)
            client.left.set()
            await asyncio.sleep(0.05)
            logged.append("a line")

        await talk(app, client)
        assert (client.sent, logged) == ([END], ["a line"])

    asyncio.run(scenario())


def test_an_application_may_look_for_the_end_itself() -> None:
    """As a streaming response does."""

    async def scenario() -> None:
        client, seen = Client(b"a"), []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await read(receive)
            await send(END)
            client.left.set()
            seen.append(await receive())
            seen.append(await receive())

        await talk(app, client)
        assert [message["type"] for message in seen] == ["http.disconnect"] * 2

    asyncio.run(scenario())


def test_another_end_is_not_mistaken() -> None:
    """A deadline or a stop from outside stays what it is."""

    async def scenario() -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await read(receive)
            await asyncio.Event().wait()

        client = Client(b"a")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await while_awaited(app, {}, client.receive, client.send)
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0

    asyncio.run(scenario())


def test_what_has_to_finish_finishes() -> None:
    """The paths that are left out go on without their client."""

    async def scenario() -> list[str]:
        done = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await read(receive)
            await asyncio.sleep(0.05)
            done.append(scope["path"])

        middleware = WhileAwaited(app, unless=("/reload",))
        for path in ("/rank", "/reload"):
            client = Client(b"a")
            client.left.set()
            await middleware({"type": "http", "path": path}, client.receive, client.send)
        return done

    assert asyncio.run(scenario()) == ["/reload"]
