"""Whether a runner answers, known at every moment: one cheap question each half second.

The supervisor holds the runners' sockets open, so that a call to a dead runner would wait in the
queue of its successor. Here the end of a connection tells of a death at once, and silence of a
runner that hangs: calls that are under way then end, and new ones are not made before it is back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import Enum
from typing import Any, Protocol

from framed.errors import Code, FramedError
from framed.held_calls import HeldCall

logger = logging.getLogger("framed.runner_watch")

ASK_SECONDS = 0.5
HUNG_ROUNDS = 6  # of those without an answer; counted, as this process may stand still itself
KNOCK_SECONDS = 0.1  # between two tries to connect
RETRY_AFTER = 2  # seconds within which a new runner is usually there
QUESTION = b"GET /livez HTTP/1.1\r\nHost: runner\r\n\r\n"

Connect = Callable[[Callable[[], asyncio.Protocol]], Awaitable[Any]]


class Watch(Protocol):
    """What a call asks of it."""

    async def ready(self) -> None:
        """Return where the runner answers; raises `FramedError` (503) where it does not."""

    async def confirmed(self) -> None:
        """The same, of a question that is put after now."""

    def holding(self) -> HeldCall:
        """A block that ends with `RunnerGoneError` as soon as the runner does not answer."""


class _State(Enum):
    UNKNOWN = "unknown"
    UP = "up"
    DOWN = "down"


class RunnerWatch:
    """Watches the runner `name` that `connect` leads to, from the first question on it."""

    def __init__(self, name: str, connect: Connect) -> None:
        self._name = name
        self._connect = connect
        self._state = _State.UNKNOWN
        self._was_up = False
        self._asked = self._answered = 0
        self._hurry = asyncio.Event()
        self._verdict = asyncio.Event()
        self._held: set[HeldCall] = set()
        self._task: asyncio.Task[None] | None = None

    async def ready(self) -> None:
        """See `Watch`; waits for the first answer, or for it to fail to come."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        while self._state is _State.UNKNOWN:
            await self._verdict.wait()
        if self._state is _State.DOWN:
            raise self._refusal()

    async def confirmed(self) -> None:
        """See `Watch`."""
        number = self._asked + 1
        self._hurry.set()
        while self._state is _State.UP and self._answered < number:
            await self._verdict.wait()
        await self.ready()

    def holding(self) -> HeldCall:
        """See `Watch`."""
        return HeldCall(self._held)

    def _refusal(self) -> FramedError:
        if self._was_up:
            says = "A part of the service is restarting; try again shortly."
            return FramedError(Code.UNAVAILABLE, says, retry_after=RETRY_AFTER)
        says = "A part of the service is still starting; try again shortly."
        return FramedError(Code.NOT_READY, says, retry_after=RETRY_AFTER)

    async def _run(self) -> None:
        while True:
            line = _Line(self._down)
            with suppress(OSError):
                await self._connect(lambda line=line: line)  # type: ignore[misc]
                await self._converse(line)
            self._down()
            await asyncio.sleep(KNOCK_SECONDS)

    async def _converse(self, line: _Line) -> None:
        """Ask and ask again, until the connection is lost."""
        while not line.lost:
            self._asked += 1
            line.ask(QUESTION)
            if not await _within(line.news, HUNG_ROUNDS):
                self._down()
                await line.news.wait()
            if not line.lost:
                self._answered = self._asked
                self._up()
                await _within(self._hurry, 1)
                self._hurry.clear()

    def _up(self) -> None:
        if self._state is not _State.UP:
            logger.info("%s answers", self._name)
        self._was_up = True
        self._settle(_State.UP)

    def _down(self) -> None:
        if self._state is _State.UP:
            logger.warning("%s does not answer", self._name)
        for holding in self._held:
            holding.end()
        self._settle(_State.DOWN)

    def _settle(self, state: _State) -> None:
        self._state = state
        self._verdict.set()  # wakes all who wait now
        self._verdict.clear()


class NoWatch:
    """For a runner inside this process, which is there as long as this process is."""

    async def ready(self) -> None:
        """See `Watch`."""

    async def confirmed(self) -> None:
        """See `Watch`."""

    def holding(self) -> HeldCall:
        """See `Watch`."""
        return HeldCall(set())


class _Line(asyncio.Protocol):
    """One connection: `news` is set by whatever comes in, and by its end."""

    def __init__(self, on_lost: Callable[[], None]) -> None:
        self._on_lost = on_lost
        self._transport: Any = None
        self.news = asyncio.Event()
        self.lost = False

    def ask(self, question: bytes) -> None:
        """Send a question; the `news` to come are its answer."""
        self.news.clear()
        if self.lost:
            self.news.set()
        else:
            self._transport.write(question)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.news.set()

    def connection_lost(self, cause: Exception | None) -> None:
        self.lost = True
        self.news.set()
        self._on_lost()


async def _within(event: asyncio.Event, rounds: int) -> bool:
    """Whether the event comes within so many rounds of `ASK_SECONDS`."""
    for _ in range(rounds):
        with suppress(TimeoutError):
            async with asyncio.timeout(ASK_SECONDS):
                return await event.wait()
    return event.is_set()
