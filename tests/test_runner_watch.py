"""Whether a runner answers: known at once when it dies, soon when it hangs, and when it is back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from framed import runner_watch
from framed.errors import Code, FramedError
from framed.held_calls import RunnerGoneError
from framed.runner_watch import NoWatch, RunnerWatch

SOON = 5.0  # seconds, on a busy machine


class Runner:
    """Something that answers questions on a port, may fall silent, and may die."""

    def __init__(self) -> None:
        self.port = 0
        self.silent = False
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def die(self) -> None:
        assert self._server is not None
        self._server.close()
        for caller in self._callers:
            caller.transport.abort()

    def watch(self) -> RunnerWatch:
        return RunnerWatch("the runner", self._connect)

    async def _connect(self, protocol: Callable[[], asyncio.Protocol]) -> None:
        await asyncio.get_running_loop().create_connection(protocol, "127.0.0.1", self.port)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers.add(writer)
        while await reader.read(1000):
            if not self.silent:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds of a twentieth of a second."""
    monkeypatch.setattr(runner_watch, "ASK_SECONDS", 0.05)


def with_runner(work: Callable[[Runner, RunnerWatch], Awaitable[None]]) -> None:
    """Run `work` with a runner that answers and a watch of it."""

    async def run() -> None:
        runner = Runner()
        await runner.start()
        await work(runner, runner.watch())
        runner.die()

    asyncio.run(asyncio.wait_for(run(), 4 * SOON))


async def call(watch: RunnerWatch) -> str:
    """A call that never ends by itself."""
    await watch.ready()
    with watch.holding():
        await asyncio.sleep(60)
    return "answered"


async def refused(watch: RunnerWatch) -> FramedError:
    """The refusal of a call that comes now."""
    with pytest.raises(FramedError) as found:
        await watch.ready()
    return found.value


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that comes soon."""
    end = time.monotonic() + SOON
    while not await done() and time.monotonic() < end:
        await asyncio.sleep(0.01)


async def is_up(watch: RunnerWatch) -> bool:
    """Whether a call would be made now."""
    try:
        await watch.ready()
    except FramedError:
        return False
    return True


def test_a_runner_that_answers_is_called():
    """Calls wait for the first answer, and are made."""

    async def work(runner: Runner, watch: RunnerWatch) -> None:
        await watch.ready()
        with watch.holding():
            pass
        await watch.confirmed()

    with_runner(work)


@pytest.mark.parametrize("hangs", [False, True], ids=["dies", "hangs"])
def test_calls_under_way_end_when_the_runner(hangs: bool):
    """They end as the runner dies or falls silent, and new ones are refused until it is back."""

    async def work(runner: Runner, watch: RunnerWatch) -> None:
        held = asyncio.create_task(call(watch))
        await watch.ready()
        await asyncio.sleep(0.01)
        if hangs:
            runner.silent = True
        else:
            runner.die()
        with pytest.raises(RunnerGoneError):
            await asyncio.wait_for(held, SOON)
        refusal = await refused(watch)
        assert (refusal.code, refusal.status) == (Code.UNAVAILABLE, 503)
        assert refusal.retry_after
        if hangs:
            runner.silent = False
            runner.die()
        await runner.start()
        await until(partial(is_up, watch))
        await watch.ready()

    with_runner(work)


def test_a_runner_that_was_never_there_is_not_ready():
    """Before its first answer the runner is starting, not restarting."""

    async def work(runner: Runner, watch: RunnerWatch) -> None:
        runner.silent = True
        refusal = await refused(watch)
        assert (refusal.code, refusal.retry_after) == (Code.NOT_READY, runner_watch.RETRY_AFTER)

    with_runner(work)


def test_standing_still_oneself_is_no_silence_of_the_runner():
    """A loop that was blocked for long finds the answers that came meanwhile."""

    async def work(runner: Runner, watch: RunnerWatch) -> None:
        held = asyncio.create_task(call(watch))
        await watch.ready()
        for _ in range(3):
            await asyncio.sleep(0.06)
            time.sleep(0.05 * runner_watch.HUNG_ROUNDS * 2)
        assert not held.done()
        held.cancel()

    with_runner(work)


def test_a_cancel_from_elsewhere_is_not_taken_for_a_death():
    """Who cancels a call sees it cancelled."""

    async def work(runner: Runner, watch: RunnerWatch) -> None:
        held = asyncio.create_task(call(watch))
        await watch.ready()
        await asyncio.sleep(0.01)
        held.cancel()
        with pytest.raises(asyncio.CancelledError):
            await held

    with_runner(work)


def test_inside_one_process_nothing_is_watched():
    """A runner of this process is always there."""

    async def work() -> str:
        watch = NoWatch()
        await watch.ready()
        await watch.confirmed()
        with watch.holding():
            return "answered"

    assert asyncio.run(work()) == "answered"
