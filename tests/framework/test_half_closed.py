"""On real sockets and both event loops: who waits is told from who has gone."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

from framed.framework.half_closed import PROBE, Probing

LOOPS = pytest.mark.parametrize(
    "new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
NewLoop = Callable[[], asyncio.AbstractEventLoop]


class Server(asyncio.Protocol):
    """Begins to probe once its client has said all, as long as `probes` says so."""

    def __init__(self, *, probes: bool = True) -> None:
        self._probes = probes
        self.met = asyncio.Event()
        self.gone = asyncio.Event()

    def connection_made(self, transport: Any) -> None:  # uvloop's is of no kind of asyncio's
        self.transport = transport
        self.met.set()

    def eof_received(self) -> bool:
        Probing(self.transport, lambda: self._probes and not self.gone.is_set(), self.gone.set)
        return True


async def client_of(server: Server) -> socket.socket:
    listening = await asyncio.get_running_loop().create_server(lambda: server, "127.0.0.1", 0)
    line = await asyncio.to_thread(
        socket.create_connection, listening.sockets[0].getsockname(), timeout=10
    )
    await server.met.wait()
    listening.close()
    return line


@LOOPS
def test_a_client_that_has_gone(new_loop: NewLoop) -> None:
    """It is noticed within moments."""

    async def scenario() -> None:
        server = Server()
        (await client_of(server)).close()
        await asyncio.wait_for(server.gone.wait(), 10)
        server.transport.abort()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(scenario())


@LOOPS
def test_a_client_that_waits(new_loop: NewLoop) -> None:
    """It hears interim responses only, and is waited for."""

    async def scenario() -> None:
        server = Server()
        with await client_of(server) as line:
            line.shutdown(socket.SHUT_WR)
            heard = await asyncio.to_thread(line.recv, len(PROBE), socket.MSG_WAITALL)
            await asyncio.sleep(0.3)
            assert heard == PROBE
            assert not server.gone.is_set()
            server.gone.set()
        server.transport.abort()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(scenario())


@LOOPS
def test_a_client_that_may_not_be_probed(new_loop: NewLoop) -> None:
    """Nothing is said to one whose answer has begun, or who speaks HTTP/1.0."""

    async def scenario() -> None:
        server = Server(probes=False)
        with await client_of(server) as line:
            line.shutdown(socket.SHUT_WR)
            await asyncio.sleep(0.3)
            server.transport.close()
            assert await asyncio.to_thread(line.recv, 100) == b""

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(scenario())
