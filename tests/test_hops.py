"""Calls across services: the same answers, one second chance, and errors in our words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import aiohttp
import numpy as np
import pytest
from _bentoml_impl.client.proxy2 import (  # type: ignore[import-untyped]
    SessionManager,
)
from bentoml.exceptions import BentoMLException, ServiceUnavailable

from framed import hops
from framed.errors import Code, FramedError
from framed.hops import RemoteClip, RemoteTechnical
from framed.parcels import answer_packed, unpack
from framed.photo import Pixels
from framed.questions import RankQuestion
from tests.fakes import FakeClip, FakeTechnical

SQUARE = np.full((8, 8, 3), 90, np.uint8)
GREY = np.full((8, 8), 51, np.uint8)
LOST = (
    aiohttp.ServerDisconnectedError(),
    aiohttp.ClientOSError(104, "reset"),
    ConnectionResetError("reset"),
)
FAILED = (
    BentoMLException("no"),
    ServiceUnavailable("busy"),
    TimeoutError("slow"),
    aiohttp.ServerTimeoutError("slow"),
    aiohttp.ClientPayloadError("cut"),
)
Reach = Callable[[RemoteClip], Awaitable[Any]]

PURE: dict[str, Reach] = {
    "rank": lambda clip: clip.rank(SQUARE, RankQuestion()),
    "encode_image": lambda clip: clip.encode_image(SQUARE),
    "encode_texts": lambda clip: clip.encode_texts(["a", "b"]),
    "bank": lambda clip: clip.bank(None),
    "describe": lambda clip: clip.describe(),
}


class Runner:
    """A ClipRunner as BentoML shows it; `trouble` is raised, one at each call, before it works."""

    def __init__(self, *trouble: Exception, clip: FakeClip | None = None) -> None:
        self.to_async = self
        self.calls = 0
        self._trouble = [*trouble]
        self._clip = clip or FakeClip()

    async def rank(self, image: Pixels, ask: bytes) -> dict[str, bytes]:
        return await self._packed(lambda: self._clip.rank(image, *unpack(ask)))

    async def encode_image(self, image: Pixels, ask: bytes) -> dict[str, bytes]:
        return await self._packed(lambda: self._clip.encode_image(image, *unpack(ask)))

    async def encode_texts(self, ask: bytes) -> dict[str, bytes]:
        return await self._packed(lambda: self._clip.encode_texts(*unpack(ask)))

    async def reload(self, ask: bytes) -> dict[str, bytes]:
        return await self._packed(lambda: self._clip.reload(*unpack(ask)))

    async def bank(self, ask: bytes) -> dict[str, bytes]:
        return await self._packed(lambda: self._clip.bank(*unpack(ask)))

    async def describe(self, ask: bytes) -> dict[str, bytes]:
        return await self._packed(lambda: self._clip.describe(*unpack(ask)))

    async def _packed(self, work: Callable[[], Awaitable[Any]]) -> dict[str, bytes]:
        self.calls += 1
        if self._trouble:
            raise self._trouble.pop(0)
        return await answer_packed(work(), logging.getLogger("framed.test"))


class MeasuringRunner:
    """A TechnicalRunner as BentoML shows it."""

    def __init__(self) -> None:
        self.to_async = self

    async def measure(self, ask: bytes) -> dict[str, bytes]:
        measured = FakeTechnical().measure(*unpack(ask))
        return await answer_packed(measured, logging.getLogger("framed.test"))

    async def describe(self, ask: bytes) -> dict[str, bytes]:
        return await answer_packed(FakeTechnical().describe(), logging.getLogger("framed.test"))


def reach(runner: Runner, call: Reach) -> Any:
    """What the call over the hop returns, or raises."""

    async def once() -> Any:
        return await call(RemoteClip(runner))

    return asyncio.run(once())


def refusal(runner: Runner, call: Reach) -> FramedError:
    """The refusal that the call over the hop ends in."""
    with pytest.raises(FramedError) as raised:
        reach(runner, call)
    return raised.value


@pytest.mark.parametrize("name", PURE)
def test_the_answer_is_the_runners(name: str) -> None:
    """Each method gives what the same method in this process gives."""
    here: Any = asyncio.run(_local(PURE[name]))
    there = reach(Runner(), PURE[name])
    if isinstance(here, np.ndarray):
        np.testing.assert_array_equal(there, here)
    elif name == "rank":
        assert there.results == here.results
    else:
        assert there == here


async def _local(call: Callable[[Any], Awaitable[Any]]) -> Any:
    return await call(FakeClip())


def test_metrics_cross_the_same_way() -> None:
    """The TechnicalRunner's methods answer over the hop as in this process."""
    remote = RemoteTechnical(MeasuringRunner())
    assert asyncio.run(remote.measure({"grey_preview": GREY})).values == {"brightness": 0.2}
    assert asyncio.run(remote.describe()).warmed


@pytest.mark.parametrize("lost", LOST, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", PURE)
def test_a_pure_call_gets_a_second_chance(name: str, lost: Exception) -> None:
    """A connection that was lost once is not noticed by the caller."""
    runner = Runner(lost)
    reach(runner, PURE[name])
    assert runner.calls == 2


@pytest.mark.parametrize("name", PURE)
def test_and_only_one(name: str) -> None:
    """Lost twice is the end: 503, with the seconds to wait."""
    runner = Runner(aiohttp.ServerDisconnectedError(), aiohttp.ServerDisconnectedError())
    gone = refusal(runner, PURE[name])
    assert (gone.code, gone.status, runner.calls) == (Code.UNAVAILABLE, 503, 2)
    assert gone.retry_after


@pytest.mark.parametrize("lost", LOST, ids=lambda error: type(error).__name__)
def test_a_reload_is_never_made_twice(lost: Exception) -> None:
    """Whether the first one worked is unknown, so the caller decides."""
    runner = Runner(lost)
    gone = refusal(runner, lambda clip: clip.reload(None))
    assert (gone.code, runner.calls) == (Code.UNAVAILABLE, 1)
    assert gone.retry_after
    assert reach(Runner(), lambda clip: clip.reload("b"))[0].bank == "b"


@pytest.mark.parametrize("failed", FAILED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("first", [(), (LOST[0],)], ids=["at once", "after a lost connection"])
def test_other_failures_are_not_tried_again(
    first: tuple[Exception, ...], failed: Exception
) -> None:
    """What BentoML or the connection reports otherwise becomes `unavailable`, without its words."""
    runner = Runner(*first, failed)
    gone = refusal(runner, PURE["describe"])
    assert (gone.code, runner.calls) == (Code.UNAVAILABLE, 1 + len(first))
    assert gone.retry_after
    assert str(failed) not in gone.message


def test_a_refusal_of_the_runner_is_no_failure() -> None:
    """What the runner refuses arrives as it was meant, after one call."""
    full = FramedError(Code.OVERLOADED, "later", retry_after=1)
    runner = Runner(clip=FakeClip(refusal=lambda image: full))
    assert refusal(runner, PURE["rank"]).as_value() == full.as_value()
    assert runner.calls == 1


def test_a_bug_is_not_dressed_up() -> None:
    """An error that no connection causes is raised as it is."""
    with pytest.raises(ZeroDivisionError):
        reach(Runner(ZeroDivisionError()), PURE["describe"])


def test_connections_are_closed_before_the_runner_closes_them() -> None:
    """Idle connections go after 2 s (uvicorn waits 5), and the 101st call waits for none.

    The session is made by BentoML's own proxy, whose private parts `hops` reaches into.
    """

    async def connector() -> Any:
        sessions = SessionManager("http://127.0.0.1:9", timeout=1, headers={})
        RemoteClip(SimpleNamespace(to_async=SimpleNamespace(_session_manager=sessions)))
        made = (await sessions.get_session()).connector
        await sessions.close()
        return made

    made = asyncio.run(connector())
    assert made._keepalive_timeout == hops.IDLE_SECONDS < 5
    assert made.limit == 0


def no_way_in() -> aiohttp.ClientConnectorError:
    """What aiohttp raises when the other side's socket is gone."""
    key = aiohttp.client_reqrep.ConnectionKey("127.0.0.1", 3000, False, True, None, None, None)
    return aiohttp.ClientConnectorError(key, FileNotFoundError(2, "No such file or directory"))


@pytest.mark.parametrize("reloads", [False, True], ids=["a pure call", "a reload"])
def test_a_call_that_found_no_way_in_waits_for_one(reloads: bool) -> None:
    """Nothing was sent yet, so that even a reload may knock again."""
    runner = Runner(no_way_in(), no_way_in())
    clip = RemoteClip(runner)
    asyncio.run(clip.reload(None) if reloads else clip.describe())
    assert runner.calls == 3


def test_a_runner_that_stays_away_is_unavailable() -> None:
    """It knocks a few times and then says to come back."""
    runner = Runner(*(no_way_in() for _ in range(20)))
    with pytest.raises(FramedError) as refused:
        asyncio.run(RemoteClip(runner).describe())
    assert refused.value.code is Code.UNAVAILABLE
    assert refused.value.retry_after
