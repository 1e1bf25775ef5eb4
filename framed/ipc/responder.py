"""A runner's end: its methods, for whoever calls at its socket."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Container, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from framed.deadline import clock_of, ends_with
from framed.errors import FramedError, runner_failed
from framed.ipc.calls import Answer, Call, Cancel, socket_of
from framed.ipc.frames import Piece, frame
from framed.ipc.line import Line
from framed.leaving import Calls
from framed.telemetry.traceparent import enter_trace, read_traceparent

Method = Callable[..., Awaitable[Any]]


class Responder:
    """Answers calls of `methods` by name; errors are answers too, and cost their call only.

    A call ends with its caller, but for those of `finishes`. All are counted in `calls`. It hears
    as long as somebody has it.
    """

    def __init__(
        self,
        methods: Mapping[str, Method],
        calls: Calls,
        logger: logging.Logger,
        finishes: Container[str] = (),
    ) -> None:
        self.methods = methods
        self.calls = calls
        self.logger = logger
        self.finishes = finishes
        self._server: asyncio.Server | None = None

    async def listen(self, runner: str) -> None:
        """Hear calls of the runner of that name, where the front makes them at a socket."""
        if (path := socket_of(runner)) is not None:
            await self.listen_at(path)

    async def listen_at(self, path: Path) -> None:
        """Hear calls at the unix socket `path`, also where a runner that died has left its own."""
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        with suppress(FileNotFoundError):
            fresh.unlink()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Connection(self), str(fresh))
        fresh.replace(path)

    def close(self) -> None:
        """Hear no new callers."""
        if self._server is not None:
            self._server.close()


class _Connection(Line):
    """One caller, and its calls that are under way."""

    def __init__(self, responder: Responder) -> None:
        super().__init__()
        self._responder = responder
        self._running: dict[int, tuple[str, asyncio.Task[None]]] = {}

    def connection_lost(self, cause: Exception | None) -> None:
        for method, task in [*self._running.values()]:
            if method not in self._responder.finishes:
                task.cancel()

    def hear(self, word: Call | Cancel) -> None:
        """Begin a call, or end one."""
        if isinstance(word, Cancel):
            if running := self._running.get(word.number):
                method, task = running
                if method not in self._responder.finishes:
                    task.cancel()
            return
        task = asyncio.get_running_loop().create_task(self._work(word))
        self._running[word.number] = word.method, task
        task.add_done_callback(lambda _: self._running.pop(word.number, None))

    async def _work(self, call: Call) -> None:
        self._responder.calls.begin()
        try:
            answer = await self._answer(call)
            if not self.transport.is_closing():
                self.transport.writelines(answer)
        finally:
            self._responder.calls.end()

    async def _answer(self, call: Call) -> list[Piece]:
        """The frame of what came of a call, whatever that is: somebody waits for it."""
        enter_trace(read_traceparent(call.trace.encode()) if call.trace else None)
        try:
            with ends_with(clock_of(call.seconds_left)):
                value = await self._responder.methods[call.method](*call.arguments)
            return frame(Answer(call.number, value))
        except FramedError as error:
            refusal = error
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            refusal = runner_failed()  # what it waited for was given up by somebody else
        except Exception:  # a door between processes: the trace stays here, the caller gets a code
            self._responder.logger.exception("a call failed")
            refusal = runner_failed()
        return frame(Answer(call.number, error=refusal.as_value()))
