"""`framed.imaging.budget`: never more than the bound, in order, and nothing lost on the way."""

from __future__ import annotations

import asyncio

import pytest

from framed.imaging.budget import MemoryBudget


async def _settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def _asked(budget, *amounts):
    """Tasks that each hold an amount for good, in order of asking."""
    tasks = []
    for amount in amounts:
        tasks.append(asyncio.create_task(budget.acquire(amount)))
        await _settle()
    return tasks


def _granted(tasks):
    return [task.done() and not task.cancelled() for task in tasks]


def _run(scenario):
    async def bounded():
        return await asyncio.wait_for(scenario(), 10)

    return asyncio.run(bounded())


def test_the_bound_holds():
    """Grants end where the bound would be passed, and go on when something is given back."""

    async def scenario():
        budget = MemoryBudget(10)
        tasks = await _asked(budget, 6, 4, 1)
        assert _granted(tasks) == [True, True, False]
        budget.release(4)
        await _settle()
        assert _granted(tasks) == [True, True, True]

    _run(scenario)


def test_first_come_first_served():
    """A small request does not overtake a large one that waits."""

    async def scenario():
        budget = MemoryBudget(10)
        tasks = await _asked(budget, 6, 8, 1)
        assert _granted(tasks) == [True, False, False]
        budget.release(6)
        await _settle()
        assert _granted(tasks) == [True, True, True]

    _run(scenario)


def test_larger_than_the_bound_runs_alone():
    """What is larger than the whole bound waits for emptiness, and holds everything."""

    async def scenario():
        budget = MemoryBudget(10)
        tasks = await _asked(budget, 1, 50, 1)
        assert _granted(tasks) == [True, False, False]
        budget.release(1)
        await _settle()
        assert _granted(tasks) == [True, True, False]
        budget.release(50)
        await _settle()
        assert _granted(tasks) == [True, True, True]

    _run(scenario)


@pytest.mark.parametrize("settle_first", [True, False], ids=["waiting", "granted meanwhile"])
def test_a_cancelled_wait_holds_nothing(settle_first):
    """Cancelled while waiting, or in the moment of the grant: the amount is free again."""

    async def scenario():
        budget = MemoryBudget(10)
        tasks = await _asked(budget, 10, 10, 3)
        if settle_first:
            tasks[1].cancel()
            await _settle()
            budget.release(10)
        else:
            budget.release(10)
            tasks[1].cancel()
        await _settle()
        assert tasks[1].cancelled()
        assert tasks[2].done()
        budget.release(3)
        await budget.acquire(10)

    _run(scenario)


def test_a_cancelled_head_lets_the_next_pass():
    """When the large one at the head gives up, those behind it are looked at at once."""

    async def scenario():
        budget = MemoryBudget(10)
        tasks = await _asked(budget, 6, 8, 4)
        tasks[1].cancel()
        await _settle()
        assert _granted(tasks) == [True, False, True]

    _run(scenario)
