"""A batch: nothing lost, each failure its own, and an end to all of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import cast

import pytest

from framed.answers import batch as batches
from framed.answers.batch import Batch, Fetch, ItemOutcome, Wanted
from framed.answers.features import FeaturesOfPhoto
from framed.answers.terms import Terms
from framed.errors import Code, FramedError
from framed.holding import Hold
from framed.photo import PhotoBytes
from framed.questions import FeaturesQuestion
from framed.results import Features
from framed.size_limit import MIB
from framed.turns.turns import Turns
from tests.wires.results import features

Work = Callable[[str], Awaitable[None]]


class Scripted:
    """Features of any photo after `work`, which knows the photo by its name."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.started: list[str] = []
        self.inside = self.most = 0

    async def begin(self, question: FeaturesQuestion) -> Terms:
        return Terms(question, None, None)

    async def answer(self, photo: PhotoBytes, photo_id: str | None, terms: Terms) -> Features:
        name = photo.name or ""
        self.started.append(name)
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self._work(name)
        finally:
            self.inside -= 1
        return features()


def batch_of(
    answers: Scripted,
    *,
    concurrency: int = 4,
    item_deadline: float = 60.0,
    batch_deadline: float = 0.0,
    memory: int = 256 * MIB,
) -> Batch:
    return Batch(
        cast(FeaturesOfPhoto, answers),
        Turns(64, 60.0),
        concurrency=concurrency,
        item_deadline=item_deadline,
        batch_deadline=batch_deadline,
        memory=memory,
    )


def fetches(count: int) -> list[Fetch]:
    """Photos named 0, 1, 2 …"""

    def fetch_of(index: int) -> Fetch:
        async def fetch(hold: Hold) -> PhotoBytes:
            return PhotoBytes(b"x", "upload", str(index))

        return fetch

    return [fetch_of(index) for index in range(count)]


def run(batch: Batch, wanted: list[Fetch]) -> list[ItemOutcome]:
    """All outcomes, in the order in which they came."""

    async def all_of_them() -> list[ItemOutcome]:
        return [outcome async for outcome in batch.run([*map(Wanted, wanted)], FeaturesQuestion())]

    return asyncio.run(all_of_them())


def code_of(outcome: ItemOutcome) -> str:
    """The code of an item's refusal, or `fine`."""
    return outcome.outcome.code if isinstance(outcome.outcome, FramedError) else "fine"


async def hang(name: str) -> None:
    await asyncio.Event().wait()


async def nothing(name: str) -> None: ...


def test_nothing_is_lost() -> None:
    """Each of many items has exactly one outcome, whatever becomes of it and in whichever order."""
    dice = random.Random(5)
    fates = [dice.choice(["fine", Code.CORRUPT, Code.INTERNAL]) for _ in range(200)]

    async def work(name: str) -> None:
        for _ in range(dice.randrange(5)):
            await asyncio.sleep(0)
        if fates[int(name)] == Code.CORRUPT:
            raise FramedError(Code.CORRUPT, "broken")
        if fates[int(name)] == Code.INTERNAL:
            raise ZeroDivisionError

    outcomes = run(batch_of(Scripted(work)), fetches(200))
    assert len(outcomes) == 200
    assert {outcome.index: code_of(outcome) for outcome in outcomes} == dict(enumerate(fates))
    assert min(outcome.seconds for outcome in outcomes) >= 0


def test_an_empty_batch_ends_at_once() -> None:
    """No items, no outcomes."""
    assert run(batch_of(Scripted(hang)), []) == []


def test_items_come_as_they_finish() -> None:
    """A slow first item does not hold back the others."""
    last = asyncio.Event()

    async def work(name: str) -> None:
        if name == "0":
            await last.wait()
        elif name == "4":
            last.set()

    outcomes = run(batch_of(Scripted(work), concurrency=2), fetches(5))
    assert [outcome.index for outcome in outcomes] == [1, 2, 3, 4, 0]


@pytest.mark.parametrize("concurrency", [1, 3])
def test_never_more_at_once_than_allowed(concurrency: int) -> None:
    """The bound is reached and not passed, and photos are fetched only when their turn comes."""
    fetched = 0
    ahead: list[int] = []

    def counting(fetch: Fetch) -> Fetch:
        async def counted(hold: Hold) -> PhotoBytes:
            nonlocal fetched
            fetched += 1
            return await fetch(hold)

        return counted

    async def work(name: str) -> None:
        ahead.append(fetched - len(answers.started))
        await asyncio.sleep(0.001)

    answers = Scripted(work)
    run(batch_of(answers, concurrency=concurrency), [counting(fetch) for fetch in fetches(12)])
    assert answers.most == concurrency
    assert max(ahead) < concurrency


def test_one_item_that_hangs_costs_itself_only() -> None:
    """It ends with its own deadline; the others are answered."""

    async def work(name: str) -> None:
        if name == "1":
            await hang(name)

    outcomes = run(batch_of(Scripted(work), item_deadline=0.3), fetches(4))
    codes = {outcome.index: code_of(outcome) for outcome in outcomes}
    assert codes == {0: "fine", 1: Code.DEADLINE, 2: "fine", 3: "fine"}


def test_waiting_for_a_turn_does_not_count() -> None:
    """An item's deadline begins with its work, however long those before it took."""

    async def work(name: str) -> None:
        await asyncio.sleep(0.12)

    outcomes = run(batch_of(Scripted(work), concurrency=1, item_deadline=0.4), fetches(5))
    assert [code_of(outcome) for outcome in outcomes] == ["fine"] * 5


def test_a_slow_source_counts() -> None:
    """Fetching is a part of the item's work."""

    async def fetch(hold: Hold) -> PhotoBytes:
        await hang("")
        raise AssertionError("it hangs")

    (outcome,) = run(batch_of(Scripted(nothing), item_deadline=0.05), [fetch])
    assert code_of(outcome) == Code.DEADLINE


def test_the_batchs_own_deadline_ends_all() -> None:
    """What is finished by then stands; what runs and what waits is `deadline`."""

    async def work(name: str) -> None:
        if name != "0":
            await hang(name)

    answers = Scripted(work)
    outcomes = run(batch_of(answers, concurrency=2, batch_deadline=0.3), fetches(6))
    codes = {outcome.index: code_of(outcome) for outcome in outcomes}
    assert codes == {0: "fine", **dict.fromkeys(range(1, 6), Code.DEADLINE)}
    assert answers.started == ["0", "1", "2"]


def test_a_surprise_costs_one_item_and_keeps_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The trace is in the log, the caller learns a code."""

    async def work(name: str) -> None:
        if name == "1":
            raise RuntimeError("/secret/path")

    outcomes = run(batch_of(Scripted(work)), fetches(3))
    bad = next(outcome.outcome for outcome in outcomes if outcome.index == 1)
    assert isinstance(bad, FramedError)
    assert bad.code is Code.INTERNAL
    assert "secret" not in bad.message
    assert "/secret/path" in caplog.text
    assert sorted(map(code_of, outcomes)) == ["fine", "fine", "internal"]


def test_a_refused_source_is_the_items_own(caplog: pytest.LogCaptureFixture) -> None:
    """A photo that cannot be had is answered with the reason, and is no surprise."""

    async def fetch(hold: Hold) -> PhotoBytes:
        raise FramedError(Code.FORBIDDEN_PATH, "no")

    outcomes = run(batch_of(Scripted(nothing)), [fetch, *fetches(1)])
    assert sorted(map(code_of, outcomes)) == ["fine", "forbidden_path"]
    assert not caplog.records


def test_a_reader_that_leaves_stops_the_work() -> None:
    """What has not started never starts, and what runs is cancelled."""

    async def work(name: str) -> None:
        if name != "0":
            await hang(name)

    answers = Scripted(work)

    async def scenario() -> None:
        outcomes = batch_of(answers, concurrency=2).run(
            [*map(Wanted, fetches(50))], FeaturesQuestion()
        )
        async for _ in outcomes:
            break
        await outcomes.aclose()  # type: ignore[attr-defined]  # an async generator, typed as less
        for _ in range(5):
            await asyncio.sleep(0)

    asyncio.run(scenario())
    assert len(answers.started) <= 4
    assert answers.inside == 0


def test_a_request_that_is_cancelled_stops_the_work() -> None:
    """So it is when the reader itself is cancelled in mid-wait."""
    answers = Scripted(hang)

    async def read() -> None:
        async for _ in batch_of(answers, concurrency=2).run(
            [*map(Wanted, fetches(50))], FeaturesQuestion()
        ):
            pass

    async def scenario() -> None:
        reading = asyncio.create_task(read())
        while len(answers.started) < 2:
            await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        for _ in range(5):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scenario())
    assert answers.started == ["0", "1"]
    assert answers.inside == 0


def test_photos_of_all_batches_share_a_bound_in_memory() -> None:
    """Who finds no room waits, whatever the item's deadline; it is given back when all are done."""
    answers = Scripted(lambda name: asyncio.sleep(0.01))
    batch = batch_of(answers, concurrency=8, item_deadline=0.05, memory=100)
    reading = most = 0

    async def fetch(hold: Hold) -> PhotoBytes:
        nonlocal reading, most
        await hold(50)
        reading += 1
        most = max(most, reading)
        await asyncio.sleep(0.01)
        reading -= 1
        return PhotoBytes(b"x" * 30, "path", "a")

    async def one() -> list[ItemOutcome]:
        wanted = [Wanted(fetch)] * 8
        return [done async for done in batch.run(wanted, FeaturesQuestion())]

    async def both() -> list[list[ItemOutcome]]:
        return await asyncio.gather(one(), one())

    for _ in range(2):
        for outcomes in asyncio.run(both()):
            assert all(isinstance(each.outcome, Features) for each in outcomes)
    assert most <= 2  # of 50 bytes each
    assert answers.most <= 3  # of 30


def test_a_photo_that_does_not_come_holds_no_memory() -> None:
    """Silent servers by the dozen, and the photos of others are answered meanwhile."""
    batch = batch_of(Scripted(nothing), concurrency=24, item_deadline=20.0, memory=100)

    async def silent(hold: Hold) -> PhotoBytes:
        await hang("")
        raise AssertionError("it hangs")

    async def here(hold: Hold) -> PhotoBytes:
        await hold(50)
        return PhotoBytes(b"x" * 50, "path", "a")

    async def scenario() -> list[ItemOutcome]:
        waiting = asyncio.create_task(anext(batch.run([Wanted(silent)] * 24, FeaturesQuestion())))
        await asyncio.sleep(0.05)
        wanted = [Wanted(here)] * 16
        async with asyncio.timeout(5):
            done = [each async for each in batch.run(wanted, FeaturesQuestion())]
        waiting.cancel()
        return done

    assert [code_of(each) for each in asyncio.run(scenario())] == ["fine"] * 16


def test_who_holds_a_part_and_finds_no_more_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that want all of it do not wait for each other for ever; what they held is given back."""
    monkeypatch.setattr(batches, "GROWING_SECONDS", 0.05)
    batch = batch_of(Scripted(nothing), concurrency=2, memory=100)

    async def growing(hold: Hold) -> PhotoBytes:
        for size in (50, 80):
            await hold(size)
            await asyncio.sleep(0.01)
        return PhotoBytes(b"x" * 80, "url", "a")

    async def run_both() -> list[ItemOutcome]:
        async with asyncio.timeout(5):
            return [each async for each in batch.run([Wanted(growing)] * 2, FeaturesQuestion())]

    codes = {code_of(each) for each in asyncio.run(run_both())}
    assert codes <= {"fine", Code.OVERLOADED}
    assert Code.OVERLOADED in codes
    (alone,) = run(batch, [growing])
    assert code_of(alone) == "fine"

    async def in_small_steps(hold: Hold) -> PhotoBytes:
        for size in range(10, 200, 10):
            await hold(size)
        return PhotoBytes(b"x" * 190, "url", "a")

    (large,) = run(batch, [in_small_steps])
    assert code_of(large) == "fine"


def test_servers_that_stop_in_mid_photo_hold_half_at_most() -> None:
    """Photos of others find the other half, at once."""
    batch = batch_of(Scripted(nothing), concurrency=24, item_deadline=20.0, memory=1000)

    async def stops(hold: Hold) -> PhotoBytes:
        for size in (10, 90):
            await hold(size)
        await hang("")
        raise AssertionError("it hangs")

    async def here(hold: Hold) -> PhotoBytes:
        await hold(200)
        return PhotoBytes(b"x" * 200, "path", "a")

    async def scenario() -> list[ItemOutcome]:
        waiting = asyncio.create_task(anext(batch.run([Wanted(stops)] * 24, FeaturesQuestion())))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(1):
            done = [each async for each in batch.run([Wanted(here)] * 16, FeaturesQuestion())]
        waiting.cancel()
        return done

    assert [code_of(each) for each in asyncio.run(scenario())] == ["fine"] * 16
