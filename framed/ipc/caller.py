"""The front's end: calls to one runner, over one connection that is made when it is needed."""

from __future__ import annotations

import asyncio
import itertools
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

from framed.deadline import seconds_left
from framed.errors import FramedError
from framed.ipc.calls import Answer, Call, Cancel
from framed.ipc.frames import frame
from framed.ipc.line import Line
from framed.telemetry.traceparent import current_trace


class NoWayInError(ConnectionError):
    """Nobody hears at the runner's socket; nothing was sent."""


class Caller:
    """Calls to the runner that hears at the unix socket `path`."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._numbers = itertools.count()
        self._line: _Line | None = None
        self._connecting = asyncio.Lock()

    async def call(self, method: str, *arguments: Any) -> Any:
        """What the runner's method answers.

        Raises `FramedError` for its refusal, `NoWayInError` where the runner is not there, and
        ConnectionError where it went before it answered.
        """
        line = await self._connected()
        call = Call(next(self._numbers), method, arguments, *_circumstances())
        answer = await line.ask(call)
        if answer.error is not None:
            raise FramedError.from_value(answer.error)
        return answer.value

    def close(self) -> None:
        """Give the connection up; another is made when it is needed."""
        if self._line is not None:
            self._line.hang_up()

    async def _connected(self) -> _Line:
        if self._line is not None and not self._line.is_lost:
            return self._line
        async with self._connecting:
            if self._line is None or self._line.is_lost:
                try:
                    loop = asyncio.get_running_loop()
                    _, self._line = await loop.create_unix_connection(_Line, self._path)
                except OSError as error:
                    raise NoWayInError(*error.args) from error
        return self._line


def _circumstances() -> tuple[str | None, float | None]:
    place, left = current_trace(), seconds_left()
    return place.header() if place else None, left if left < math.inf else None


class _Line(Line):
    """One connection, and the answers that are to come on it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_lost = False
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._has_room = asyncio.Event()
        self._has_room.set()

    async def ask(self, call: Call) -> Answer:
        """The answer; who is cancelled meanwhile has the runner told so."""
        while not self._has_room.is_set():  # one after another: each may fill it
            await self._has_room.wait()
        if self.is_lost:
            raise ConnectionResetError("the runner has gone")
        coming: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[call.number] = coming
        try:
            self.transport.writelines(frame(call))
            return await coming
        except asyncio.CancelledError:
            self._tell(Cancel(call.number))
            raise
        finally:
            self._waiting.pop(call.number, None)

    def hang_up(self) -> None:
        """End the connection; calls under way end by ConnectionError."""
        self.transport.abort()

    def _tell(self, word: Cancel) -> None:
        if not self.is_lost:
            with suppress(OSError, RuntimeError):  # it is being closed
                self.transport.writelines(frame(word))

    def hear(self, word: Answer) -> None:
        """The answer of a call; nobody may wait for it any more."""
        waiting = self._waiting.get(word.number)
        if waiting is not None and not waiting.done():
            waiting.set_result(word)

    def pause_writing(self) -> None:
        self._has_room.clear()

    def resume_writing(self) -> None:
        self._has_room.set()

    def connection_lost(self, cause: Exception | None) -> None:
        self.is_lost = True
        self._has_room.set()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError("the runner has gone"))
