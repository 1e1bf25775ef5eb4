"""The protocol without a server around it: an offer's framing, and an end that does not drag on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from framed.framework import protocol
from framed.framework.connections import Bounds, Connections
from framed.framework.protocol import FramedProtocol

OFFER = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n" + OFFER + b"Content-Length: %b\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter, ServerState], Awaitable[bytes]]


async def size_of(scope: Scope, receive: Receive, send: Send) -> None:
    """Says how large the body is."""
    try:
        body = await Request(scope, receive).body()
    except ClientDisconnect:
        return
    await PlainTextResponse(f"[{len(body)}]")(scope, receive, send)


def heard(talk: Talk) -> bytes:
    """What `talk` hears from a connection of this protocol, listening on loopback."""

    async def scenario() -> bytes:
        config, state = Config(size_of, lifespan="off", log_config=None), ServerState()
        config.load()
        known = Connections(Bounds(10, 10))

        def made() -> FramedProtocol:
            return FramedProtocol(config, state, {}, connections=known)

        loop = asyncio.get_running_loop()
        async with await loop.create_server(made, "127.0.0.1", 0) as server:
            reading, writing = await asyncio.open_connection(*server.sockets[0].getsockname())
            answer = await asyncio.wait_for(talk(reading, writing, state), 10)
            writing.close()
            return answer

    return asyncio.run(scenario())


@pytest.mark.parametrize("zero", [b"0", b"00", b"000", b"0" * 5000])
def test_an_offer_without_a_body_waits_for_none(zero: bytes) -> None:
    """However its zero is written; what follows is the next request, whole."""

    async def talk(
        reading: asyncio.StreamReader, writing: asyncio.StreamWriter, _: ServerState
    ) -> bytes:
        writing.write(HEAD % zero + LAST)
        return await reading.read()

    answer = heard(talk)
    assert (answer.count(b"HTTP/1.1 200"), answer.count(b"[0]")) == (2, 2)


def test_an_offer_with_zeros_before_its_length_keeps_its_body() -> None:
    """It is no other request."""

    async def talk(
        reading: asyncio.StreamReader, writing: asyncio.StreamWriter, _: ServerState
    ) -> bytes:
        writing.write(HEAD % b"0%d" % len(LAST) + LAST + LAST)
        return await reading.read()

    answer = heard(talk)
    assert answer.count(b"HTTP/1.1 200") == 2
    assert b"[%d]" % len(LAST) in answer


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_stop_does_not_wait_for_a_body_without_end(
    goes_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has a while to come; then its sender is told to come again."""
    monkeypatch.setattr(protocol, "STOP_SECONDS", 0.2)

    async def talk(
        reading: asyncio.StreamReader, writing: asyncio.StreamWriter, state: ServerState
    ) -> bytes:
        writing.write(HEAD % b"2" + b"a")
        while not state.tasks:
            await asyncio.sleep(0.01)
        for connection in list(state.connections):
            connection.shutdown()
        writing.write(b"b" if goes_on else b"")
        return await reading.read()

    answer = heard(talk)
    if goes_on:
        assert answer.endswith(b"[2]")
    else:
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"\r\nretry-after: " in answer
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "unavailable"
