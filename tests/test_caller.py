"""The caller goes with the work that is done for it."""

from __future__ import annotations

import asyncio

from framed.caller import IN_PROCESS, Caller, current_caller, working_for


def test_tasks_inherit_their_caller() -> None:
    """Those begun for one caller keep it, whoever is served next; outside it is this program."""

    async def name() -> str:
        await asyncio.sleep(0)
        return current_caller.get().name

    async def scenario() -> list[str]:
        tasks = []
        for caller in ("ann", "bob"):
            with working_for(Caller(caller)):
                tasks.append(asyncio.create_task(name()))
        return [*await asyncio.gather(*tasks), await name()]

    assert asyncio.run(scenario()) == ["ann", "bob", IN_PROCESS.name]


def test_nobody_pays_without_a_quota() -> None:
    """However much it is, and no header is read to know."""
    asyncio.run(Caller("ann").charge(photos=10**9, megapixels=1e12))
    assert not Caller("ann").weighs
