"""Whose photo is worked on next, and who is told to come back later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any

import pytest

from framed.caller import Caller, current_caller
from framed.deadline import ends_with
from framed.errors import Code, FramedError
from framed.turns.ticket import Lane
from framed.turns.turns import CALM_SECONDS, Turns

Scenario = Callable[[], Coroutine[Any, Any, None]]


class Photos:
    """Photos that hold their turn until they are let go; `began` tells their order."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.began: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def send(
        self, name: str, lane: Lane = "single", sender: str = "one", size: int = 0
    ) -> None:
        self._ends[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._work(name, lane, sender, size))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await self._tasks[name]
        await asyncio.sleep(0)

    async def give_up(self, name: str) -> None:
        self._tasks[name].cancel()
        await asyncio.wait([self._tasks[name]])
        await asyncio.sleep(0)

    async def end_all(self) -> None:
        for end in self._ends.values():
            end.set()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def refusal(self, name: str) -> FramedError:
        """Of one that has ended."""
        refused = self._tasks[name].exception()
        assert isinstance(refused, FramedError)
        return refused

    async def _work(self, name: str, lane: Lane, sender: str, size: int) -> None:
        current_caller.set(Caller(sender))
        async with self.turns.take(lane, size):
            self.began.append(name)
            await self._ends[name].wait()


def test_no_more_than_its_places_at_once() -> None:
    """The third of three waits for a place, and gets it when one is free."""

    async def scenario() -> None:
        photos = Photos(Turns(2, 60.0))
        for name in ("a", "b", "c"):
            await photos.send(name)
        assert (photos.began, photos.turns.waiting) == (["a", "b"], 1)
        await photos.end("a")
        assert (photos.began, photos.turns.waiting) == (["a", "b", "c"], 0)
        await photos.end_all()

    asyncio.run(scenario())


def test_singles_go_before_batches() -> None:
    """A single photo that came last is worked on first; the batch goes on with one place."""

    async def scenario() -> None:
        photos = Photos(Turns(2, 60.0))
        await photos.send("first")
        for name in ("batch 1", "batch 2"):
            await photos.send(name, "batch")
        assert photos.began == ["first", "batch 1"]
        await photos.send("single")
        await photos.end("first")
        assert photos.began == ["first", "batch 1", "single"]
        await photos.end("batch 1")
        assert photos.began == ["first", "batch 1", "single", "batch 2"]
        await photos.end_all()

    asyncio.run(scenario())


def test_a_batch_is_not_starved() -> None:
    """However many single photos wait, one place is the batch's."""

    async def scenario() -> None:
        photos = Photos(Turns(2, 60.0))
        for number in range(6):
            await photos.send(f"single {number}")
        await photos.send("batch", "batch")
        await photos.end("single 0")
        assert photos.began == ["single 0", "single 1", "batch"]
        await photos.end_all()

    asyncio.run(scenario())


def test_a_batch_has_all_places_once_it_is_calm() -> None:
    """After the last single photo a moment passes, and then the batch works at full width."""

    async def scenario() -> None:
        photos = Photos(Turns(3, 60.0))
        await photos.send("single")
        for number in range(3):
            await photos.send(f"batch {number}", "batch")
        await photos.end("single")
        assert photos.began == ["single", "batch 0"]
        await asyncio.sleep(2 * CALM_SECONDS)
        assert photos.began == ["single", "batch 0", "batch 1", "batch 2"]
        await photos.end_all()

    asyncio.run(scenario())


def test_one_sender_cannot_starve_others() -> None:
    """Behind fifty photos of one sender the first of another is next but one."""

    async def scenario() -> None:
        photos = Photos(Turns(1, 60.0))
        for number in range(50):
            await photos.send(f"many {number}", sender="many")
        await photos.send("few", sender="few")
        await photos.end("many 0")
        await photos.end("many 1")
        assert photos.began == ["many 0", "many 1", "few"]
        await photos.end_all()

    asyncio.run(scenario())


def test_what_would_wait_too_long_is_refused_at_once() -> None:
    """A refusal says when to come back; another sender, who waits one round, is taken."""

    async def scenario() -> None:
        turns = Turns(1, 1.0)
        photos = Photos(turns)
        for number in range(12):
            await photos.send(f"many {number}", sender="many")
        current_caller.set(Caller("many"))
        with pytest.raises(FramedError) as refused:
            turns.check()
        assert refused.value.code is Code.OVERLOADED
        assert refused.value.retry_after is not None
        assert refused.value.retry_after >= 1
        current_caller.set(Caller("few"))
        turns.check()
        await photos.end_all()

    asyncio.run(scenario())


def test_who_waited_too_long_is_refused_and_not_begun() -> None:
    """Where photos stand still, those that wait are told so; none of them is worked on."""

    async def scenario() -> None:
        photos = Photos(Turns(1, 0.15))
        await photos.send("stuck")
        with pytest.raises(FramedError) as refused:
            async with photos.turns.take("single"):
                photos.began.append("late")
        assert refused.value.code is Code.OVERLOADED
        assert (photos.began, photos.turns.waiting) == (["stuck"], 0)
        await photos.end_all()

    asyncio.run(scenario())


def test_a_batch_waits_as_long_as_it_takes() -> None:
    """Items of a batch are not refused for waiting: a batch has no deadline of its own."""

    async def scenario() -> None:
        photos = Photos(Turns(1, 0.05))
        await photos.send("stuck")
        await photos.send("item", "batch")
        await asyncio.sleep(0.3)
        await photos.end("stuck")
        assert photos.began == ["stuck", "item"]
        await photos.end_all()

    asyncio.run(scenario())


def test_who_gives_up_leaves_no_trace() -> None:
    """One who waited and one who was at work give up: their places go to the next."""

    async def scenario() -> None:
        photos = Photos(Turns(1, 60.0))
        for name in ("at work", "waits", "next"):
            await photos.send(name)
        await photos.give_up("waits")
        await photos.give_up("at work")
        assert photos.began == ["at work", "next"]
        await photos.end("next")
        await photos.send("after")
        assert photos.began[-1] == "after"
        await photos.end_all()

    asyncio.run(scenario())


class Clock:
    """The loop's clock, put forward by hand."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._before, self._ahead = loop.time, 0.0
        loop.time = self._time  # type: ignore[method-assign]

    def _time(self) -> float:
        return self._before() + self._ahead

    def forward(self, seconds: float) -> None:
        self._ahead += seconds


def within(seconds: float) -> AbstractContextManager[None]:
    """What is sent in this block has so long."""
    return ends_with(asyncio.timeout_at(asyncio.get_running_loop().time() + seconds))


def test_who_has_no_time_left_is_refused_at_once() -> None:
    """The time for the others' photos and its own counts, not only the wait; who has it is taken,
    and so is who comes when nothing is done: by what would it be refused?"""

    async def scenario() -> None:
        photos = Photos(Turns(2, 60.0))
        with within(0.05):
            await photos.send("alone")
            await photos.send("late")
        with within(20.0):
            await photos.send("in time")
        assert photos.began == ["alone", "in time"]
        refusal = photos.refusal("late")
        assert refusal.code is Code.OVERLOADED
        assert refusal.retry_after is not None
        await photos.end_all()

    asyncio.run(scenario())


def test_large_photos_weigh_more() -> None:
    """Behind a few large ones there is no time left where there is behind as many small ones."""

    async def scenario(size: int) -> list[str]:
        photos = Photos(Turns(8, 60.0))
        for number in range(4):
            await photos.send(f"{number}", size=size)
        with within(1.0):
            await photos.send("last")
        await photos.end_all()
        return photos.began

    assert asyncio.run(scenario(100_000))[-1] == "last"
    assert asyncio.run(scenario(8_000_000))[-1] == "3"


def test_a_turn_that_comes_too_late_is_not_taken() -> None:
    """Where photos took longer than expected, no work is done for a request that will be given up;
    the next one has the turn."""

    async def scenario() -> None:
        clock, photos = Clock(), Photos(Turns(2, 60.0))
        await photos.send("slow")
        await photos.send("slower")
        with within(8.0):
            await photos.send("late")
        await photos.send("next")
        clock.forward(6.0)
        await photos.end("slow")
        assert photos.began == ["slow", "slower", "next"]
        assert photos.refusal("late").code is Code.OVERLOADED
        await photos.end_all()

    asyncio.run(scenario())


def test_bad_photos_do_not_speak_for_good_ones() -> None:
    """They fail fast; the next one's wait is not expected to be shorter for it."""

    async def scenario() -> None:
        turns = Turns(1, 60.0)
        for _ in range(50):
            with pytest.raises(ValueError, match="bad"):
                async with turns.take("single"):
                    raise ValueError("bad")
        photos = Photos(turns)
        await photos.send("at work")
        with within(0.2), pytest.raises(FramedError):
            async with turns.take("single"):
                pass
        await photos.end_all()

    asyncio.run(scenario())


def test_words_beside_a_photo_do_not_make_photos_slow() -> None:
    """Many own labels of one caller say nothing of how long the next photo takes."""

    async def scenario() -> None:
        clock, turns = Clock(), Turns(1, 60.0)
        for _ in range(20):
            async with turns.take("single", more=True):
                clock.forward(9.0)
        photos = Photos(turns)
        await photos.send("at work")
        with within(9.0):
            await photos.send("next")
        await photos.end("at work")
        assert photos.began == ["at work", "next"]
        await photos.end_all()

    asyncio.run(scenario())
