"""The batcher: what waits together is encoded together, and errors stay apart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import numpy as np
import pytest

from framed.errors import Code, FramedError
from framed.photo import Pixels
from runners.clip.batching import Batcher
from tests.fakes import FakeEngine, mean_colour
from tests.telemetry.counting import counter


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def square(value: int, size: int = 224) -> Pixels:
    return np.full((size, size, 3), value, np.uint8) // np.array([1, 2, 3], np.uint8)


def held_by(gate: Event) -> Callable[[Pixels], None]:
    """Keeps the engine busy until `gate` is opened."""

    def hold(batch: Pixels) -> None:
        gate.wait(5)

    return hold


def test_photos_that_wait_go_in_one_call(executor: ThreadPoolExecutor) -> None:
    """While the engine is busy others gather, up to the largest batch."""
    engine, gate = FakeEngine(), Event()
    engine.trouble = held_by(gate)

    async def scenario() -> None:
        batcher = Batcher(engine, executor, max_batch=4, limit=100)
        tasks = [asyncio.create_task(batcher.encode(square(v))) for v in range(10, 80, 10)]
        await asyncio.sleep(0.05)
        gate.set()
        for task, value in zip(tasks, range(10, 80, 10), strict=True):
            np.testing.assert_allclose(await task, mean_colour(square(value)), atol=1e-6)

    asyncio.run(scenario())
    assert sum(shape[0] for shape in engine.batches) == 7
    assert max(shape[0] for shape in engine.batches) == 4


@pytest.mark.parametrize("streams", [1, 3])
def test_one_photo_right_after_another(executor: ThreadPoolExecutor, streams: int) -> None:
    """A caller that asks again in the very step of its answer is not forgotten."""

    async def scenario() -> None:
        batcher = Batcher(FakeEngine(), executor, max_batch=4, limit=100, streams=streams)

        async def caller(value: int) -> None:
            for _ in range(50):
                np.testing.assert_allclose(
                    await batcher.encode(square(value)), mean_colour(square(value)), atol=1e-6
                )

        async with asyncio.timeout(30):
            await asyncio.gather(*map(caller, (10, 90, 170)))

    asyncio.run(scenario())


def test_streams_work_at_the_same_time() -> None:
    """Two calls are inside the engine at once where it has two streams, never three."""
    engine, both = FakeEngine(), Barrier(2, timeout=5)
    inside: list[int] = []

    def meet(batch: Pixels) -> None:
        inside.append(1)
        both.wait()
        inside.pop()
        assert len(inside) < 2

    engine.trouble = meet

    async def scenario(pool: ThreadPoolExecutor) -> None:
        batcher = Batcher(engine, pool, max_batch=1, limit=100, streams=2)
        await asyncio.gather(*(batcher.encode(square(10 * v)) for v in range(1, 9)))

    with ThreadPoolExecutor(2) as pool:
        asyncio.run(scenario(pool))
    assert len(engine.batches) == 8


def test_sizes_are_never_mixed(executor: ThreadPoolExecutor) -> None:
    """Squares of different sides are answered, each batch of one side."""
    engine = FakeEngine()

    async def scenario() -> None:
        batcher = Batcher(engine, executor, max_batch=8, limit=100)
        sides = [224, 336, 224, 336, 224]
        await asyncio.gather(*(batcher.encode(square(9, side)) for side in sides))

    asyncio.run(scenario())
    assert sum(shape[0] for shape in engine.batches) == 5


def poison(value: int, error: Exception) -> Callable[[Pixels], None]:
    def trouble(batch: Pixels) -> None:
        if (batch[..., 0] == value).any():
            raise error

    return trouble


def test_one_bad_photo_costs_only_itself(executor: ThreadPoolExecutor) -> None:
    """A batch that fails is encoded one by one; the neighbours get their answers."""
    engine = FakeEngine(trouble=poison(66, ValueError("poisoned")))

    async def scenario() -> list[object]:
        batcher = Batcher(engine, executor, max_batch=8, limit=100)
        values = (10, 66, 20, 30)
        return await asyncio.gather(
            *(batcher.encode(square(value)) for value in values), return_exceptions=True
        )

    outcomes = asyncio.run(scenario())
    assert [isinstance(outcome, FramedError) for outcome in outcomes] == [False, True, False, False]
    assert isinstance(outcomes[1], FramedError)
    assert outcomes[1].code is Code.INTERNAL
    assert "poisoned" not in outcomes[1].message


def test_memory_that_is_short_is_not_tried_again_here(executor: ThreadPoolExecutor) -> None:
    """The engine split the batch already; the batcher passes its refusal on."""
    short = FramedError(Code.OUT_OF_MEMORY, "short")
    engine = FakeEngine(trouble=poison(66, short))

    async def scenario() -> object:
        batcher = Batcher(engine, executor, max_batch=8, limit=100)
        return await asyncio.gather(batcher.encode(square(66)), return_exceptions=True)

    assert asyncio.run(scenario()) == [short]
    assert len(engine.batches) == 1


def test_an_embedding_that_is_not_finite_is_an_error(executor: ThreadPoolExecutor) -> None:
    """NaN never leaves the runner."""
    engine = FakeEngine()
    engine.encode_images = lambda batch: np.full((len(batch), 3), np.nan, np.float32)  # type: ignore[method-assign]

    async def scenario() -> None:
        await Batcher(engine, executor, max_batch=2, limit=9).encode(square(1))

    with pytest.raises(FramedError, match="finite"):
        asyncio.run(scenario())


def test_a_full_queue_refuses_early(executor: ThreadPoolExecutor) -> None:
    """The photo over the limit is told to come back; those that wait are answered."""
    engine, gate = FakeEngine(), Event()
    engine.trouble = held_by(gate)

    async def scenario() -> None:
        batcher = Batcher(engine, executor, max_batch=1, limit=2)
        first = asyncio.create_task(batcher.encode(square(1)))
        await asyncio.sleep(0.05)
        waiting = [asyncio.create_task(batcher.encode(square(2))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(FramedError) as refused:
            await batcher.encode(square(3))
        assert refused.value.code is Code.OVERLOADED
        assert refused.value.retry_after
        gate.set()
        await asyncio.gather(first, *waiting)

    asyncio.run(scenario())


def test_a_caller_that_left_costs_no_work(executor: ThreadPoolExecutor) -> None:
    """A photo whose caller is gone before its turn never reaches the engine."""
    engine, gate = FakeEngine(), Event()
    engine.trouble = held_by(gate)

    async def scenario() -> None:
        batcher = Batcher(engine, executor, max_batch=1, limit=9)
        first = asyncio.create_task(batcher.encode(square(1)))
        await asyncio.sleep(0.05)
        gone = asyncio.create_task(batcher.encode(square(2)))
        await asyncio.sleep(0)
        gone.cancel()
        gate.set()
        await first
        await batcher.encode(square(3))

    asyncio.run(scenario())
    assert len(engine.batches) == 2


def test_squares_that_belong_together_go_together(executor: ThreadPoolExecutor) -> None:
    """One call of the engine where it takes as many, and the answers in their order."""
    engine, squares = FakeEngine(), [square(value) for value in (10, 90, 170)]

    async def scenario() -> None:
        batcher = Batcher(engine, executor, max_batch=4, limit=100)
        for answer, image in zip(await batcher.encode_all(squares), squares, strict=True):
            np.testing.assert_allclose(answer, mean_colour(image), atol=1e-6)

    asyncio.run(scenario())
    assert [shape[0] for shape in engine.batches] == [3]


def test_room_for_the_first_is_room_for_all(executor: ThreadPoolExecutor) -> None:
    """A queue shorter than a photo's regions still takes them; a full one takes none of them."""
    gate = Event()

    async def scenario() -> None:
        batcher = Batcher(FakeEngine(trouble=held_by(gate)), executor, max_batch=1, limit=2)
        first = asyncio.create_task(batcher.encode_all([square(value) for value in (10, 90, 170)]))
        await asyncio.sleep(0.05)
        with pytest.raises(FramedError) as refused:
            await batcher.encode_all([square(10), square(20)])
        assert refused.value.code is Code.OVERLOADED
        gate.set()
        assert len(await first) == 3

    asyncio.run(scenario())


def test_what_fails_for_one_fails_for_all_of_them(executor: ThreadPoolExecutor) -> None:
    """The photo's answer needs every region; those still waiting cost the engine nothing."""
    engine, gate = FakeEngine(), Event()

    def trouble(batch: Pixels) -> None:
        gate.wait(5)
        if batch.max() > 200:
            raise FramedError(Code.OUT_OF_MEMORY, "no memory")

    engine.trouble = trouble

    async def scenario() -> None:
        batcher = Batcher(engine, executor, max_batch=1, limit=100)
        both = asyncio.create_task(batcher.encode_all([square(250), square(10), square(20)]))
        await asyncio.sleep(0.05)
        gate.set()
        with pytest.raises(FramedError, match="no memory"):
            await both
        np.testing.assert_allclose(
            await batcher.encode(square(90)), mean_colour(square(90)), atol=1e-6
        )

    asyncio.run(scenario())
    assert len(engine.batches) <= 3


def test_each_photo_s_wait_and_each_call_are_measured(executor: ThreadPoolExecutor) -> None:
    """Seven photos, the first alone: three calls of the model at most four."""
    engine, gate = FakeEngine(), Event()
    engine.trouble = held_by(gate)
    waits = counter("framed_stage_seconds_count", stage="queue")
    calls = counter("framed_stage_seconds_count", stage="encode")
    photos = counter("framed_batch_size_sum")

    async def scenario() -> None:
        batcher = Batcher(engine, executor, max_batch=4, limit=100)
        tasks = [asyncio.create_task(batcher.encode(square(v))) for v in range(10, 80, 10)]
        await asyncio.sleep(0.05)
        gate.set()
        await asyncio.gather(*tasks)

    asyncio.run(scenario())
    assert (waits(), calls(), photos()) == (7, len(engine.batches), 7)


def test_a_call_that_does_not_come_back_is_seen(executor: ThreadPoolExecutor) -> None:
    """How long the engine has been at work is known while it is, and nothing afterwards."""
    engine, gate = FakeEngine(), Event()
    engine.trouble = held_by(gate)

    async def scenario() -> None:
        batcher = Batcher(engine, executor, max_batch=4, limit=100)
        assert batcher.longest_call == 0
        photo = asyncio.create_task(batcher.encode(square(10)))
        await asyncio.sleep(0.1)
        assert 0 < batcher.longest_call < 5
        gate.set()
        await photo
        assert batcher.longest_call == 0

    asyncio.run(scenario())
