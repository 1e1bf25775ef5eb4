"""Calls across services, with the runners' own methods and errors.

They go over the runner's own socket (`framed.ipc`) where it has one, else by BentoML's handles,
whose shared session is never recycled (set at the runners) and whose idle connections are closed
here before the runner closes them. A pure call whose connection was lost is made once more, and one
that finds no way in waits a little, as nothing was sent yet. To a runner that is known not to
answer no call is made, and none goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, cast

import aiohttp
import numpy as np
import numpy.typing as npt
from bentoml._internal.utils.uri import uri_to_path
from bentoml.exceptions import BentoMLException

from framed.errors import Code, FramedError
from framed.held_calls import RunnerGoneError
from framed.ipc.caller import Caller, NoWayInError
from framed.ipc.calls import socket_of
from framed.parcels import open_answer, pack
from framed.photo import Pixels, PlaneName
from framed.questions import RankQuestion
from framed.reload_report import ReloadReport
from framed.results import BankFacts, ClipFacts, Embedding, Measurements, Ranking, TechnicalFacts
from framed.runner_watch import RETRY_AFTER, NoWatch, RunnerWatch, Watch
from framed.telemetry.stages import span

logger = logging.getLogger("framed.hops")

IDLE_SECONDS = 2.0  # the runner's uvicorn closes idle connections after 5
# The queue of a runner's socket may be full for a moment; a connection in use becomes free.
NO_WAY_IN_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
_LOST = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionError)


class RemoteClip:
    """The ClipRunner behind a BentoML handle, with the methods of `ClipCore`."""

    def __init__(self, handle: Any) -> None:
        self._line = _line("ClipRunner", handle)

    async def rank(
        self, image: Pixels, question: RankQuestion, model: str | None = None
    ) -> Ranking:
        """See `ClipCore.rank`."""
        return cast(Ranking, await self._line.call("rank", question, model, image=image))

    async def rank_regions(
        self, images: Pixels, question: RankQuestion, model: str | None = None
    ) -> Ranking:
        """See `ClipCore.rank_regions`."""
        return cast(Ranking, await self._line.call("rank_regions", question, model, images=images))

    async def encode_image(self, image: Pixels, model: str | None = None) -> Embedding:
        """See `ClipCore.encode_image`."""
        return cast(Embedding, await self._line.call("encode_image", model, image=image))

    async def encode_texts(
        self, texts: Sequence[str], model: str | None = None
    ) -> npt.NDArray[np.float32]:
        """See `ClipCore.encode_texts`."""
        rows = await self._line.call("encode_texts", list(texts), model)
        return cast("npt.NDArray[np.float32]", rows)

    async def reload(self, bank: str | None, model: str | None = None) -> tuple[ReloadReport, ...]:
        """See `ClipCore.reload`."""
        reports = await self._line.call("reload", bank, model, retry=False)
        return cast("tuple[ReloadReport, ...]", reports)

    async def bank(self, name: str | None, model: str | None = None) -> BankFacts:
        """See `ClipCore.bank`."""
        return cast(BankFacts, await self._line.call("bank", name, model))

    async def describe(self, model: str | None = None) -> ClipFacts:
        """See `ClipCore.describe`."""
        return cast(ClipFacts, await self._line.call("describe", model))


class RemoteTechnical:
    """The TechnicalRunner behind a BentoML handle, with the methods of `TechnicalCore`."""

    def __init__(self, handle: Any) -> None:
        self._line = _line("TechnicalRunner", handle)

    async def measure(self, planes: Mapping[PlaneName, Pixels]) -> Measurements:
        """See `TechnicalCore.measure`."""
        return cast(Measurements, await self._line.call("measure", dict(planes)))

    async def describe(self) -> TechnicalFacts:
        """See `TechnicalCore.describe`."""
        return cast(TechnicalFacts, await self._line.call("describe"))


def _async_side(handle: Any) -> Any:
    side = handle.to_async
    sessions = getattr(side, "_session_manager", None)
    if sessions is not None:  # absent where the runner lives in this process
        _keep_connections_fresh(sessions)
    return side


def _keep_connections_fresh(sessions: Any) -> None:
    make = sessions._make_client

    def make_client() -> aiohttp.ClientSession:
        session = cast(aiohttp.ClientSession, make())
        connector = cast(Any, session.connector)
        connector._keepalive_timeout = IDLE_SECONDS
        connector._limit = 0  # the default of 100 makes the 101st call wait for a connection
        return session

    sessions._make_client = make_client


def _watch(name: str, side: Any) -> Watch:
    sessions = getattr(side, "_session_manager", None)
    return NoWatch() if sessions is None else RunnerWatch(name, partial(_connect, sessions))


def _line(runner: str, handle: Any) -> _Line:
    side = _async_side(handle)
    watch = _watch(runner, side)
    path = None if isinstance(watch, NoWatch) else socket_of(runner)
    return _Line(watch, _ByHandle(side) if path is None else _BySocket(Caller(path)))


async def _connect(sessions: Any, protocol: Callable[[], asyncio.Protocol]) -> None:
    """Connect to where BentoML's session does: a unix socket, or a port of this machine."""
    loop, url = asyncio.get_running_loop(), sessions._parsed_url
    if url.scheme == "file":
        await loop.create_unix_connection(protocol, uri_to_path(url.geturl()))
    else:
        await loop.create_connection(protocol, url.hostname, url.port)


class _Way(Protocol):
    """How a call reaches its runner."""

    async def call(self, method: str, asked: tuple[Any, ...], images: Mapping[str, Pixels]) -> Any:
        """What the method answers about `asked` and the pixels of `images`."""


class _BySocket:
    """Over the runner's own socket."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def call(self, method: str, asked: tuple[Any, ...], images: Mapping[str, Pixels]) -> Any:
        return await self._caller.call(method, *images.values(), *asked)


class _ByHandle:
    """By BentoML's handle, whose arguments are arrays and bytes."""

    def __init__(self, side: Any) -> None:
        self._side = side

    async def call(self, method: str, asked: tuple[Any, ...], images: Mapping[str, Pixels]) -> Any:
        return open_answer(await getattr(self._side, method)(**images, ask=pack(asked)))


class _Line:
    """The way to one runner, for as long as `watch` says that it answers."""

    def __init__(self, watch: Watch, way: _Way) -> None:
        self._watch = watch
        self._way = way

    async def call(self, method: str, *asked: Any, retry: bool = True, **images: Pixels) -> Any:
        """What the runner's method answers; raises `FramedError` for its refusal, or for none."""
        with span("hop"):
            return await self._reach(lambda: self._way.call(method, asked, images), retry)

    async def _reach(self, ask: Callable[[], Awaitable[Any]], retry: bool) -> Any:
        pauses = iter(NO_WAY_IN_PAUSES)
        retries = iter((retry, False))
        await self._watch.ready()
        while True:
            try:
                with self._watch.holding():
                    return await ask()
            except (aiohttp.ClientConnectorError, NoWayInError) as closed:  # of the kinds of _LOST
                if (pause := next(pauses, None)) is None:
                    raise _unavailable(closed) from closed
                await asyncio.sleep(pause)
            except _LOST as lost:
                if not next(retries):
                    raise _unavailable(lost) from lost
                await self._watch.confirmed()
                logger.info("connection to a runner lost, calling once more: %r", lost)
            except (RunnerGoneError, TimeoutError, BentoMLException, aiohttp.ClientError) as failed:
                raise _unavailable(failed) from failed


def _unavailable(cause: Exception) -> FramedError:
    logger.error("a runner did not answer: %r", cause)
    return FramedError(
        Code.UNAVAILABLE,
        "A part of the service is restarting; try again shortly.",
        retry_after=RETRY_AFTER,
    )
