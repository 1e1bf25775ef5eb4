"""A caller and a responder over a real socket: answers, refusals, cancels, deaths."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from framed.deadline import ends_with, seconds_left
from framed.errors import Code, FramedError
from framed.ipc.caller import Caller, NoWayInError
from framed.ipc.calls import CALLS, socket_of
from framed.ipc.responder import Responder
from framed.leaving import Calls
from framed.telemetry.traceparent import TraceParent, current_trace, enter_trace

logger = logging.getLogger("framed.test")
PLACE = TraceParent("a" * 32, "b" * 16, sampled=True)
METHODS = ("twice", "refuse", "fail", "wait", "reload", "circumstances", "odd", "given_up")
Work = Callable[[Caller, "Runner"], Awaitable[None]]


class Runner:
    """A runner's methods, and what became of those that wait."""

    def __init__(self) -> None:
        self.calls = Calls()
        self.waiting = asyncio.Event()
        self.ended: list[str] = []
        self.responder = Responder(
            {name: getattr(self, name) for name in METHODS},
            self.calls,
            logger,
            finishes=("reload",),
        )

    async def twice(self, image: Any, times: int) -> Any:
        return image * times

    async def refuse(self) -> None:
        raise FramedError(Code.NOT_FOUND, "There is no such model.", details={"near": "mini"})

    async def fail(self) -> None:
        raise ZeroDivisionError

    async def wait(self) -> None:
        self.waiting.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.ended.append("wait")
            raise

    async def reload(self) -> None:
        self.waiting.set()
        await asyncio.sleep(0.1)
        self.ended.append("reload")

    async def odd(self) -> Any:
        return lambda: None  # which no frame can hold

    async def given_up(self) -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    async def circumstances(self) -> tuple[str, float]:
        place = current_trace()
        return place.header() if place else "", seconds_left()


@pytest.fixture
def path() -> Iterator[Path]:
    """A short path: those of a socket have an end."""
    with TemporaryDirectory(prefix="ipc-") as folder:
        yield Path(folder) / "runner"


def between(path: Path, work: Work) -> None:
    async def run() -> None:
        runner, caller = Runner(), Caller(path)
        await runner.responder.listen_at(path)
        try:
            await asyncio.wait_for(work(caller, runner), 20)
        finally:
            caller.close()
            runner.responder.close()
            await asyncio.sleep(0.05)  # for the other end to hear of it

    asyncio.run(run())


def test_answers_come_to_those_who_asked(path: Path) -> None:
    """Hundreds of calls at once over one connection, with pixels both ways."""

    async def work(caller: Caller, runner: Runner) -> None:
        image = np.ones((64, 64, 3), np.uint8)
        answers = await asyncio.gather(*(caller.call("twice", image, n) for n in range(200)))
        assert [int(answer[5, 5, 0]) for answer in answers] == list(range(200))
        assert runner.calls.quiet_since() >= 0

    between(path, work)


def test_a_refusal_arrives_as_it_was(path: Path) -> None:
    """Code, words and details; what was not foreseen is told in the runner's log alone."""

    async def work(caller: Caller, runner: Runner) -> None:
        with pytest.raises(FramedError) as refused:
            await caller.call("refuse")
        assert refused.value.code is Code.NOT_FOUND
        assert refused.value.details == {"near": "mini"}
        with pytest.raises(FramedError) as failed:
            await caller.call("fail")
        assert failed.value.code is Code.INTERNAL
        assert "Zero" not in failed.value.message
        assert (await caller.call("twice", 2, 2)) == 4

    between(path, work)


@pytest.mark.parametrize("method", ["odd", "given_up"])
def test_every_call_has_an_answer(path: Path, method: str) -> None:
    """Also one whose value cannot be sent, and one that waited for what somebody else gave up."""

    async def work(caller: Caller, runner: Runner) -> None:
        with pytest.raises(FramedError) as failed:
            await asyncio.wait_for(caller.call(method), 5)
        assert failed.value.code is Code.INTERNAL

    between(path, work)


def test_a_call_ends_with_its_caller(path: Path) -> None:
    """A cancel reaches the runner at once; who is in the same line goes on."""

    async def work(caller: Caller, runner: Runner) -> None:
        task = asyncio.create_task(caller.call("wait"))
        await runner.waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await caller.call("twice", 3, 2)) == 6
        assert runner.ended == ["wait"]

    between(path, work)


def test_a_reload_is_finished_without_its_caller(path: Path) -> None:
    """It was begun, and others wait for what it makes."""

    async def work(caller: Caller, runner: Runner) -> None:
        task = asyncio.create_task(caller.call("reload"))
        await runner.waiting.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        while not runner.ended:
            await asyncio.sleep(0.02)
        assert runner.ended == ["reload"]

    between(path, work)


def test_trace_and_time_left_go_along(path: Path) -> None:
    """The runner knows for which request it works, and how long that waits."""

    async def work(caller: Caller, runner: Runner) -> None:
        enter_trace(PLACE)
        async with asyncio.timeout(30) as clock:
            with ends_with(clock):
                trace, left = await caller.call("circumstances")
        assert trace == PLACE.header()
        assert 20 < left <= 30

    between(path, work)


def test_a_runner_that_is_not_there_is_no_way_in(path: Path) -> None:
    """Nothing was sent, so that it may be tried again."""

    async def call() -> None:
        await Caller(path).call("twice", 1, 1)

    with pytest.raises(NoWayInError):
        asyncio.run(call())


def test_a_lost_connection_ends_its_calls_and_is_made_anew(path: Path) -> None:
    """Those under way hear of it; the next one connects to the successor."""

    async def work(caller: Caller, runner: Runner) -> None:
        waiting = asyncio.create_task(caller.call("wait"))
        await runner.waiting.wait()
        caller.close()
        with pytest.raises(ConnectionError):
            await waiting
        successor = Runner()
        await successor.responder.listen_at(path)  # over what the first one left
        assert (await caller.call("twice", 4, 2)) == 8
        successor.responder.close()
        assert runner.ended == ["wait"]

    between(path, work)


def test_sockets_have_short_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the folder's path is too long for one, calls go another way."""
    monkeypatch.delenv(CALLS, raising=False)
    assert socket_of("ClipRunner") is None
    monkeypatch.setenv(CALLS, "/short")
    assert socket_of("ClipRunner") == Path("/short/ClipRunner.calls")
    monkeypatch.setenv(CALLS, "/" + "long" * 30)
    assert socket_of("ClipRunner") is None


def test_the_longest_path_can_be_listened_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the number of the process, which is part of its first name."""

    async def listen(longest: Path) -> None:
        responder = Responder({}, Calls(), logger)
        await responder.listen_at(longest)
        responder.close()

    monkeypatch.setattr(os, "getpid", lambda: 4_194_304)  # the largest that Linux gives
    with TemporaryDirectory(prefix="ipc-") as folder:
        for length in range(40, 110):
            below = Path(folder) / ("d" * max(1, length - len(folder) - 20))
            monkeypatch.setenv(CALLS, str(below))
            if (path := socket_of("TechnicalRunner")) is not None:
                below.mkdir(exist_ok=True)
                asyncio.run(listen(path))
