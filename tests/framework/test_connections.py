"""Who is connected: bounds in all and for one client, and whose connection ends to make room."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable

import pytest

from framed.framework.connections import LINGERING, Bounds, Connections, client_of


class Line:
    """A connection that notes what is done to it."""

    def __init__(self) -> None:
        self.ended = False
        self.checks = 0

    def check(self, now: float) -> None:
        self.checks += 1

    def drop(self) -> None:
        self.ended = True


def on_a_loop(look: Callable[[], None]) -> None:
    async def run() -> None:
        look()

    asyncio.run(run())


def test_the_longest_idle_makes_room() -> None:
    """One with work in hand is never ended; who worked last is idle last."""

    def look() -> None:
        known = Connections(Bounds(total=3, per_client=9))
        first, second, _, fourth = lines = [Line() for _ in range(4)]
        for line in lines[:3]:
            assert known.admit(line, "10.0.0.1")
        known.busy(first)
        known.busy(second)
        known.idle(second)
        assert known.admit(fourth, "10.0.0.2")
        assert [line.ended for line in lines] == [False, False, True, False]
        assert len(known) == 3

    on_a_loop(look)


def test_where_all_work_there_is_no_room() -> None:
    """Until one of them has left."""

    def look() -> None:
        known = Connections(Bounds(total=2, per_client=9))
        lines = [Line(), Line()]
        for line in lines:
            known.admit(line, "10.0.0.1")
            known.busy(line)
        assert not known.admit(Line(), "10.0.0.2")
        known.leave(lines[0])
        known.leave(lines[0])
        assert known.admit(Line(), "10.0.0.2")

    on_a_loop(look)


def test_the_slowest_body_makes_room_where_all_are_busy() -> None:
    """So that half a body on every connection keeps nobody out; one that is whole stays."""

    def look() -> None:
        known = Connections(Bounds(total=3, per_client=9))
        whole, slow, slower = lines = [Line() for _ in range(3)]
        for line in lines:
            known.admit(line, "10.0.0.1")
            known.busy(line)
        for line in (whole, slower, slow):
            known.receiving(line)
        known.received(whole)
        assert known.admit(Line(), "10.0.0.2")
        assert [line.ended for line in lines] == [False, False, True]

    on_a_loop(look)


def test_one_client_has_a_bound_of_its_own() -> None:
    """It makes room among its own connections; a trusted proxy speaks for many."""

    def look() -> None:
        trusted = [ipaddress.ip_network("10.9.0.0/16")]
        known = Connections(Bounds(total=99, per_client=1, exempt=trusted))
        other, own = Line(), Line()
        known.admit(other, "10.0.0.2")
        known.admit(own, "10.0.0.1")
        assert known.admit(Line(), "10.0.0.1")
        assert (own.ended, other.ended) == (True, False)
        assert all(known.admit(Line(), "10.9.0.1") for _ in range(5))

    on_a_loop(look)


def test_few_linger() -> None:
    """Refused connections are not counted, and the oldest of many goes at once."""

    def look() -> None:
        known = Connections(Bounds(total=1, per_client=9))
        lines = [Line() for _ in range(LINGERING + 1)]
        for line in lines:
            known.linger(line)
        assert [line.ended for line in lines] == [True, *[False] * LINGERING]
        assert len(known) == 0

    on_a_loop(look)


def test_each_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every now and then, as long as it is open."""
    monkeypatch.setattr("framed.framework.connections.TICK_SECONDS", 0.01)

    async def run() -> None:
        known, line = Connections(Bounds(total=9, per_client=9)), Line()
        known.admit(line, "::1")
        while line.checks < 2:
            await asyncio.sleep(0.01)
        known.leave(line)

    asyncio.run(asyncio.wait_for(run(), 5))


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("2001:db8::1", "2001:db8::2"),
        ("10.0.0.1", "::ffff:10.0.0.1"),
        ("fe80::1%eth0", "fe80::2"),
    ],
)
def test_one_client_of_several_addresses(one: str, another: str) -> None:
    """A household's IPv6 network is one client, and so is an IPv4 address written as IPv6."""
    assert client_of(one) == client_of(another) != client_of("10.0.0.2")
