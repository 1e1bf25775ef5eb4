"""How much of a minute's share is left, when more is to be had, and what is said of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from framed.access.rates import MEGAPIXELS, MINUTE, PHOTOS, REQUESTS, Rates, Window
from framed.caller import FREE
from framed.errors import FramedError
from tests.access.conftest import Clock
from tests.fakes import chosen

pytestmark = pytest.mark.usefixtures("clock")


def within(scenario: Callable[[Rates], Awaitable[Any]], **settings: int) -> Any:
    """What a scenario gives that counts by these settings."""

    async def run() -> Any:
        return await scenario(Rates(chosen(**settings)))

    return asyncio.run(run())


async def wait_for(rates: Rates, what: str, much: float, name: str = "ann") -> int:
    """How long the caller is told to wait; 0: it was taken."""
    try:
        await rates.take(name, what, much)
    except FramedError as refused:
        return refused.retry_after or -1
    return 0


async def taken(rates: Rates, what: str, much: float, name: str = "ann") -> bool:
    wait = await wait_for(rates, what, much, name)
    assert 0 <= wait <= 2 * MINUTE
    return wait == 0


def test_a_share_is_used_up() -> None:
    """Of one caller; another one has the whole of theirs."""

    async def scenario(rates: Rates) -> list[bool]:
        mine = [await taken(rates, REQUESTS, 1) for _ in range(4)]
        return [*mine, await taken(rates, REQUESTS, 1, "bob")]

    assert within(scenario, rate_requests=3) == [True, True, True, False, True]


def test_nothing_is_limited_that_was_not_set() -> None:
    """Then there is nothing to tell either, and nobody reads a header for megapixels."""

    async def scenario(rates: Rates) -> Any:
        free = [await taken(rates, what, 1e6) for what in (REQUESTS, PHOTOS, MEGAPIXELS)]
        return free, await rates.fields("ann"), rates.quota("ann"), rates.weighs

    assert within(scenario) == ([True] * 3, [], FREE, False)


@pytest.mark.parametrize("much", [0.4, 2.5, 12.0])
def test_megapixels_are_counted_in_part(much: float) -> None:
    """As many photos of a size as their sum says; one above the whole share takes all of it."""

    async def scenario(rates: Rates) -> int:
        count = 0
        while await taken(rates, MEGAPIXELS, much):
            count += 1
        return count

    assert within(scenario, rate_megapixels=10) == max(1, int(10 / much))


def test_waiting_as_long_as_told_is_enough(clock: Clock) -> None:
    """Whenever it is in the minute, and whatever was asked for before."""

    async def scenario(rates: Rates) -> None:
        for start in (0.0, 10.0, 30.0, 59.5):
            clock.now += start
            for _ in range(30):
                if wait := await wait_for(rates, PHOTOS, 7):
                    clock.now += wait
                    assert await taken(rates, PHOTOS, 7)

    within(scenario, rate_photos=20)


def test_what_is_told_at_the_end_of_a_share_is_true(clock: Clock) -> None:
    """`t` is then what a refusal says, and after it one more is taken."""

    async def scenario(rates: Rates) -> None:
        for start in (0.0, 10.0, 45.0, 59.5):
            clock.now += start
            while not (wait := await wait_for(rates, REQUESTS, 1)):
                pass
            told = dict(await rates.fields("ann"))[b"ratelimit"]
            assert told == f'"requests";r=0;t={wait}'.encode()
            clock.now += wait
            assert await taken(rates, REQUESTS, 1)

    within(scenario, rate_requests=5)


def test_no_minute_holds_two_shares(clock: Clock) -> None:
    """Around the turn of a minute too."""

    async def scenario(rates: Rates) -> int:
        clock.now += 59
        before = sum([await taken(rates, REQUESTS, 1) for _ in range(100)])
        clock.now += 2
        return before + sum([await taken(rates, REQUESTS, 1) for _ in range(100)])

    assert within(scenario, rate_requests=60) <= 62


def test_what_is_left_is_told(clock: Clock) -> None:
    """Two fields, in each a member a policy, as structured fields (RFC 9651)."""

    async def scenario(rates: Rates) -> dict[bytes, bytes]:
        clock.now += 20.5
        await rates.take("ann", REQUESTS, 1)
        await rates.quota("ann").charge(3, 2.5)
        return dict(await rates.fields("ann"))

    fields = within(scenario, rate_requests=10, rate_photos=5, rate_megapixels=100)
    assert fields[b"ratelimit-policy"] == (
        b'"requests";q=10;w=60, "photos";q=5;w=60, "megapixels";q=100;w=60'
    )
    assert fields[b"ratelimit"] == (
        b'"requests";r=9;t=40, "photos";r=2;t=40, "megapixels";r=97;t=40'
    )
    for value in fields.values():
        assert all(re.fullmatch(rb'"\w+"(;[a-z]=\d+)+', part) for part in value.split(b", "))


@pytest.mark.parametrize(
    ("window", "cost", "amount", "wait"),
    [
        (Window(0, 0.0, 10, 40.0), 1, 10, 46),  # this minute's end, then one in ten of the next
        (Window(0, 0.0, 10, 40.0), 10, 10, 100),
        (Window(10, 60.0, 0, 60.0), 1, 10, 6),
        (Window(60, 30.0, 30, 30.0), 1, 60, 1),
        (Window(10, 30.0, 5, 30.0), 6, 10, 42),
    ],
)
def test_how_long_to_wait(window: Window, cost: int, amount: int, wait: int) -> None:
    """The minute before fades evenly; then this one does."""
    assert window.wait(cost, amount) == wait
