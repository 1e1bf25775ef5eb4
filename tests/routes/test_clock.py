"""A clock ends what takes too long, and does not count the time in which it stands."""

from __future__ import annotations

import asyncio

import pytest

from framed.routes.clock import Clock


def test_it_ends_what_takes_too_long() -> None:
    """And says that it did; what was done before the block counts too."""

    async def scenario(before: float) -> None:
        clock = Clock(0.02)
        await asyncio.sleep(before)
        with pytest.raises(TimeoutError):
            async with clock.running():
                await asyncio.sleep(5)
        assert clock.has_rung

    for before in (0.0, 0.05):
        asyncio.run(scenario(before))


def test_a_wait_does_not_count() -> None:
    """As much is left after it as before."""

    async def scenario() -> None:
        clock = Clock(5)
        async with clock.running() as timeout:
            before = timeout.when()
            with clock.stands():
                await asyncio.sleep(0.1)
                assert timeout.when() is None
            after = timeout.when()
        assert before is not None
        assert after is not None
        assert after - before == pytest.approx(0.1, abs=0.05)

    asyncio.run(scenario())


def test_it_rings_after_a_wait_that_was_longer() -> None:
    """But not in it."""

    async def scenario() -> None:
        clock, has_waited = Clock(0.05), False
        with pytest.raises(TimeoutError):  # noqa: PT012
            async with clock.running():
                with clock.stands():
                    await asyncio.sleep(0.1)
                has_waited = True
                await asyncio.sleep(5)
        assert has_waited

    asyncio.run(scenario())


def test_no_end() -> None:
    """Nothing rings; it may stand outside of its block too."""

    async def scenario() -> None:
        clock = Clock(None)
        for _ in range(2):
            with clock.stands():
                await asyncio.sleep(0)
            async with clock.running() as timeout:
                assert timeout.when() is None
        assert not clock.has_rung

    asyncio.run(scenario())


def test_a_clock_that_was_taken_off_stays_so() -> None:
    """Whoever moved the end meant it."""

    async def scenario() -> None:
        clock = Clock(5)
        async with clock.running() as timeout:
            timeout.reschedule(None)
            with clock.stands():
                await asyncio.sleep(0)
            assert timeout.when() is None

    asyncio.run(scenario())


def test_another_s_cancellation_passes() -> None:
    """It is none of the clock's."""

    async def scenario() -> None:
        clock = Clock(5)

        async def waiting() -> None:
            async with clock.running():
                with clock.stands():
                    await asyncio.Event().wait()

        task = asyncio.create_task(waiting())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not clock.has_rung

    asyncio.run(scenario())
