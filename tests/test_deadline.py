"""A deadline ends what takes too long, and does not count the time in which it is paused."""

from __future__ import annotations

import asyncio

import pytest

from framed.deadline import Deadline


def test_it_ends_what_takes_too_long() -> None:
    """And says that it did."""

    async def scenario() -> None:
        deadline = Deadline(0.02)
        with pytest.raises(TimeoutError):
            async with deadline.running():
                await asyncio.Event().wait()
        assert deadline.has_ended
        assert deadline.left == 0

    asyncio.run(scenario())


def test_it_is_counted_from_when_it_was_made() -> None:
    """What was done before the block counts too."""

    async def scenario() -> None:
        deadline = Deadline(0.02)
        await asyncio.sleep(0.05)
        with pytest.raises(TimeoutError):
            async with deadline.running():
                await asyncio.sleep(5)

    asyncio.run(scenario())


def test_a_pause_does_not_count() -> None:
    """What is left is the same after it, and still ends."""

    async def scenario() -> None:
        deadline = Deadline(0.2)
        with pytest.raises(TimeoutError):
            async with deadline.running():
                with deadline.paused():
                    await asyncio.sleep(0.3)
                assert deadline.left is not None
                assert 0 < deadline.left <= 0.2
                await asyncio.sleep(5)

    asyncio.run(scenario())


def test_no_deadline() -> None:
    """Nothing ends, nothing is left to count; pauses outside the block are none."""

    async def scenario() -> None:
        deadline = Deadline(None)
        for _ in range(2):
            with deadline.paused():
                await asyncio.sleep(0)
            assert deadline.left is None
            async with deadline.running():
                await asyncio.sleep(0.01)
        assert not deadline.has_ended

    asyncio.run(scenario())


def test_another_s_cancellation_passes() -> None:
    """It is none of the deadline's."""

    async def scenario() -> None:
        deadline = Deadline(5)

        async def waiting() -> None:
            async with deadline.running():
                with deadline.paused():
                    await asyncio.Event().wait()

        task = asyncio.create_task(waiting())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not deadline.has_ended

    asyncio.run(scenario())
