"""Many clients at once on the real server, some of whom send broken photos."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.server.conftest import SAMPLES
from tests.server.load import (
    Ask,
    Reply,
    differences,
    failures,
    load_on,
    percentile,
    raw,
    upload,
)
from tests.server.running import RunningServer

MIB = 2**20
SILENCE = 10.0  # seconds; twice what uvicorn keeps an idle connection by default
TOLERANCE = 1e-5  # the promise for a photo alone against the same photo in a crowd, in fp32
GROWTH = 96 * MIB  # for all processes together; 4,000 requests that leak 24 KiB each pass it
BROKEN = "broken"


@dataclass(frozen=True)
class Ran:
    """One load on the shared server: replies by part, memory (bytes) and connections."""

    alone: dict[str, Reply]
    crowd: list[Reply]  # as many clients at once as were asked for
    after_silence: list[Reply]
    seconds: float
    memory_early: int  # after the first fifth
    memory_late: int
    opened: int
    opened_after_silence: int

    @property
    def replies(self) -> list[Reply]:
        return self.crowd + self.after_silence


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((32, 500), id="32-clients"),
        pytest.param((64, 500), id="64-clients"),
        pytest.param((32, 5000), id="32-clients-soak", marks=pytest.mark.soak),
        pytest.param((64, 5000), id="64-clients-soak", marks=pytest.mark.soak),
    ],
)
def ran(request: pytest.FixtureRequest, server: RunningServer) -> Ran:
    """A load of so many clients and so many requests, then silence, then some more."""
    clients, requests = request.param
    done = asyncio.run(_run(server, clients, requests))
    print(_report(clients, done))  # shown where a test fails, and with -s
    return done


def test_every_photo_is_answered(ran: Ran):
    """No request of a good photo fails, however many come at the same time."""
    assert not failures([reply for reply in ran.replies if reply.ask.name != BROKEN])


def test_same_connections_after_silence(ran: Ran):
    """Connections that were idle for a while answer again; none was closed by the server."""
    assert ran.opened_after_silence == 0
    assert len(ran.after_silence) > 0


def test_broken_photo_costs_its_own_request(ran: Ran):
    """A truncated photo is refused as one, each time."""
    broken = [reply for reply in ran.replies if reply.ask.name == BROKEN]
    assert len(broken) == len(ran.replies) // 10  # every tenth, and none of them lost
    assert {(reply.status, reply.code) for reply in broken} == {(400, "truncated")}


def test_neighbours_change_nothing(ran: Ran):
    """Each photo is answered as it is answered alone, whoever else is served at the time."""
    found = [
        f"{reply.ask.name}{difference}"
        for reply in ran.replies
        if reply.status == 200
        for difference in differences(ran.alone[reply.ask.name].body, reply.body, TOLERANCE)
    ]
    assert not found[:20]


def test_memory_stays(ran: Ran):
    """The processes do not grow with the number of requests, once the first fifth is served."""
    assert ran.memory_late - ran.memory_early < GROWTH


async def _run(server: RunningServer, clients: int, requests: int) -> Ran:
    asks, good = _endless(), _good()
    async with load_on(server.url, clients) as load:
        alone = {ask.name: await load.one(ask) for ask in good}
        assert not failures(list(alone.values()))
        start = time.perf_counter()
        early = await load.send(itertools.islice(asks, requests // 5), clients)
        memory_early = _memory(server)
        late = await load.send(itertools.islice(asks, requests - requests // 5), clients)
        seconds = time.perf_counter() - start
        memory_late, opened = _memory(server), len(load.opened)
        await asyncio.sleep(SILENCE)
        more = await load.send(itertools.islice(asks, 2 * clients), clients)
        again = len(load.opened) - opened
    return Ran(alone, early + late, more, seconds, memory_early, memory_late, opened, again)


def _good() -> list[Ask]:
    """The small photos of the repository, each to both routes."""
    photos = sorted(SAMPLES.glob("*.jpg"), key=lambda photo: photo.stat().st_size)
    return [
        ask
        for photo in photos
        for ask in (
            raw(f"classify {photo.stem}", "/classify", photo.read_bytes()),
            upload(f"features {photo.stem}", "/features", "files", photo.read_bytes()),
        )
    ]


def _endless() -> Iterator[Ask]:
    """Good photos in turn; every tenth request is a truncated one."""
    good = itertools.cycle(_good())
    whole = (SAMPLES / "pier_sunset.jpg").read_bytes()
    broken = raw(BROKEN, "/classify", whole[: len(whole) * 3 // 5])
    while True:
        yield from itertools.islice(good, 9)
        yield broken


def _memory(server: RunningServer) -> int:
    """Resident bytes of all of the server's processes; shared pages count once a process."""
    return sum(process.memory_info().rss for process in server.processes())


def _report(clients: int, ran: Ran) -> str:
    middle, high, highest = (percentile(ran.crowd, share) for share in (0.5, 0.95, 0.99))
    return (
        f"{clients} clients, {len(ran.crowd)} requests: {len(ran.crowd) / ran.seconds:.1f}/s, "
        f"p50 {middle:.3f} s, p95 {high:.3f} s, p99 {highest:.3f} s; "
        f"memory {ran.memory_early / MIB:.0f} -> {ran.memory_late / MIB:.0f} MiB; "
        f"{ran.opened} connections, {ran.opened_after_silence} more after silence"
    )
