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
FEW, MANY = 32, 64  # clients
SILENCE = 10.0  # seconds; twice what uvicorn keeps an idle connection by default
TOLERANCE = 1e-5  # the promise for a photo alone against the same photo in a crowd, in fp32
GROWTH = 96 * MIB  # of all processes; the model's own working memory moves by half of that
PROBES = 2000
PROBES_GROWTH = 8 * MIB  # a tenth of it is usual; 4 KiB a probe for 2,000 would be more
BROKEN = "broken"


@dataclass(frozen=True)
class Ran:
    """One load on the shared server: replies by part, memory (bytes) and connections."""

    alone: dict[str, Reply]
    few: list[Reply]  # FEW clients at once
    many: list[Reply]  # MANY clients at once
    after_silence: list[Reply]  # MANY clients again
    few_seconds: float
    many_seconds: float
    memory_early: int  # after the first fifth of MANY: every size of batch was there
    memory_late: int
    opened: int
    opened_after_silence: int

    @property
    def replies(self) -> list[Reply]:
        return self.few + self.many + self.after_silence


@pytest.fixture(
    scope="module", params=[300, pytest.param(5000, id="5000-soak", marks=pytest.mark.soak)]
)
def ran(request: pytest.FixtureRequest, server: RunningServer) -> Ran:
    """So many requests of few clients and of many, then silence, then some more."""
    done = asyncio.run(_run(server, request.param))
    print(_report(done))  # shown where a test fails, and with -s
    return done


def test_every_photo_is_answered(ran: Ran):
    """No request of a good photo fails, however many come at the same time."""
    assert not failures([reply for reply in ran.replies if reply.ask.name != BROKEN])


def test_same_connections_after_silence(ran: Ran):
    """Connections that were idle for a while answer again; none was closed by the server."""
    assert (ran.opened, ran.opened_after_silence) == (MANY, 0)


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
    """The processes do not grow with the number of photos, once they have all they work with."""
    assert ran.memory_late - ran.memory_early < GROWTH


def test_requests_leave_nothing_behind(server: RunningServer):
    """Calls that do next to no work, through all processes, leave no memory taken."""
    before, after = asyncio.run(_probe(server))
    assert after - before < PROBES_GROWTH


async def _run(server: RunningServer, requests: int) -> Ran:
    asks, good = _endless(), _good()
    async with load_on(server.url, MANY) as load:

        async def send(count: int, clients: int) -> tuple[list[Reply], float]:
            start = time.perf_counter()
            replies = await load.send(itertools.islice(asks, count), clients)
            return replies, time.perf_counter() - start

        alone = {ask.name: await load.one(ask) for ask in good}
        assert not failures(list(alone.values()))
        few, few_seconds = await send(requests, FEW)
        first, first_seconds = await send(requests // 5, MANY)
        memory_early = _memory(server)
        rest, rest_seconds = await send(requests - len(first), MANY)
        memory_late, opened = _memory(server), len(load.opened)
        await asyncio.sleep(SILENCE)
        more, _ = await send(2 * MANY, MANY)
        return Ran(
            alone=alone,
            few=few,
            many=first + rest,
            after_silence=more,
            few_seconds=few_seconds,
            many_seconds=first_seconds + rest_seconds,
            memory_early=memory_early,
            memory_late=memory_late,
            opened=opened,
            opened_after_silence=len(load.opened) - opened,
        )


async def _probe(server: RunningServer) -> tuple[int, int]:
    probe = Ask("probe", "/readyz", method="GET")
    async with load_on(server.url, 8) as load:
        assert not failures(await load.send([probe] * (PROBES // 4), 8))
        before = _memory(server)
        assert not failures(await load.send([probe] * PROBES, 8))
        return before, _memory(server)


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


def _report(ran: Ran) -> str:
    parts = (
        (FEW, ran.few, ran.few_seconds),
        (MANY, ran.many, ran.many_seconds),
    )
    return "; ".join(
        [
            *(_speed(clients, replies, seconds) for clients, replies, seconds in parts),
            f"memory {ran.memory_early / MIB:.0f} -> {ran.memory_late / MIB:.0f} MiB",
            f"{ran.opened} connections, {ran.opened_after_silence} more after silence",
        ]
    )


def _speed(clients: int, replies: list[Reply], seconds: float) -> str:
    middle, high, highest = (percentile(replies, share) for share in (0.5, 0.95, 0.99))
    return (
        f"{clients} clients, {len(replies)} requests: {len(replies) / seconds:.1f}/s, "
        f"p50 {middle:.3f} s, p95 {high:.3f} s, p99 {highest:.3f} s"
    )
