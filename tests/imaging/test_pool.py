"""`framed.imaging.pool`: bounded, in order, unharmed by callers that go away."""

from __future__ import annotations

import asyncio
import random
import threading

import numpy as np
import pytest

from framed.errors import Code, FramedError
from framed.imaging import cost
from framed.imaging import pool as pool_module
from framed.imaging import prepare as work
from framed.imaging.pool import DecodePool
from framed.photo import DecodeSpec, SquareSpec, ViewSpec
from tests.imaging import orders
from tests.imaging.pictures import encoded, scene

SPEC = DecodeSpec()
VIEWS = ViewSpec((SquareSpec(24),))
MEGAPIXEL = encoded(scene(1000, 1000), "JPEG")


@pytest.fixture
def pool():
    """Four threads and memory for two photos: the bound is felt before the threads are."""
    with_threads = DecodePool(4, 240)
    yield with_threads
    with_threads.close()


class Gate:
    """Stands in for `prepare`: notes what starts, and holds it until opened."""

    def __init__(self):
        self.started, self.most, self.inside = 0, 0, 0
        self.opened, self._lock = threading.Event(), threading.Lock()

    def __call__(self, *_):
        with self._lock:
            self.started, self.inside = self.started + 1, self.inside + 1
            self.most = max(self.most, self.inside)
        self.opened.wait(10)
        with self._lock:
            self.inside -= 1
        return "prepared"

    async def has_started(self, count):
        while self.started < count:
            await asyncio.sleep(0.001)


@pytest.fixture
def gate(monkeypatch):
    """The work of the pool, held at a gate."""
    gate = Gate()
    monkeypatch.setattr(work, "prepare", gate)
    yield gate
    gate.opened.set()


def _run(scenario):
    async def bounded():
        return await asyncio.wait_for(scenario, 20)

    return asyncio.run(bounded())


def _ask(pool, data=MEGAPIXEL):
    return asyncio.create_task(pool.prepare(data, SPEC, VIEWS))


def test_concurrent_callers_get_their_own(pool):
    """Eight callers at once get what each would have got alone."""
    files = [encoded(scene(90 + i, 60, seed=i), "JPEG") for i in range(8)]

    async def together():
        return await asyncio.gather(*(pool.prepare(data, SPEC, VIEWS) for data in files * 4))

    for data, prepared in zip(files * 4, _run(together()), strict=True):
        alone = work.prepare(data, SPEC, VIEWS)
        assert prepared.facts == alone.facts
        assert np.array_equal(prepared.views.squares[24], alone.views.squares[24])


def test_the_bound_is_respected(pool, gate):
    """Of eight photos of a megapixel no more than two are ever inside, and all get through."""

    async def scenario():
        tasks = [_ask(pool) for _ in range(8)]
        await gate.has_started(2)
        await asyncio.sleep(0.05)
        assert gate.started == 2
        gate.opened.set()
        await asyncio.gather(*tasks)

    _run(scenario())
    assert (gate.started, gate.most) == (8, 2)


def test_a_cancelled_caller_keeps_its_memory_until_the_work_ends(pool, gate):
    """The budget comes back when the thread is done, not when the caller leaves."""

    async def scenario():
        leaving = [_ask(pool), _ask(pool)]
        await gate.has_started(2)
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
        assert all(task.cancelled() for task in leaving)
        staying = _ask(pool)
        await asyncio.sleep(0.05)
        assert gate.started == 2
        gate.opened.set()
        assert await staying == "prepared"

    _run(scenario())
    assert gate.most == 2


def test_what_was_cancelled_in_the_queue_never_starts(gate):
    """Work whose caller left before a thread was free is dropped, and its memory with it."""
    pool = DecodePool(1, 400)

    async def scenario():
        first = _ask(pool)
        await gate.has_started(1)
        queued = [_ask(pool) for _ in range(3)]
        await asyncio.sleep(0.05)
        for task in queued:
            task.cancel()
        await asyncio.gather(*queued, return_exceptions=True)
        gate.opened.set()
        await first
        await asyncio.gather(*(_ask(pool) for _ in range(3)))

    _run(scenario())
    pool.close()
    assert gate.started == 4


def test_callers_that_come_and_go_lose_nothing(pool):
    """After a storm of cancellations a photo that needs the whole bound still gets it."""
    small, large = encoded(scene(300, 300), "JPEG"), encoded(scene(1500, 1500), "PNG")
    dice = random.Random(3)

    async def leave_early(task):
        await asyncio.sleep(dice.random() * 0.03)
        task.cancel()

    async def scenario():
        tasks = [_ask(pool, dice.choice([small, MEGAPIXEL])) for _ in range(120)]
        await asyncio.gather(*(leave_early(task) for task in tasks))
        await asyncio.gather(*tasks, return_exceptions=True)
        return await pool.prepare(large, SPEC, VIEWS)

    assert _run(scenario()).facts.original_size == (1500, 1500)


def test_refusals_travel_and_free_their_share(pool):
    """A refusal reaches its caller, from the header or from decoding; the next photo is fine."""

    async def scenario():
        for bad in [b"", b"no picture", MEGAPIXEL[:-9000]] * 3:
            with pytest.raises(FramedError):
                await pool.prepare(bad, SPEC, VIEWS)
        return await pool.prepare(MEGAPIXEL, SPEC, VIEWS)

    assert _run(scenario()).facts.original_size == (1000, 1000)


def test_no_thread_before_the_first_photo():
    """Making a pool costs no thread."""
    before = threading.active_count()
    DecodePool(8, 100).close()
    assert threading.active_count() == before


def test_a_closed_pool_says_so(pool):
    """After closing, a photo is refused as a matter of the service, not of the photo."""
    pool.close()
    with pytest.raises(FramedError) as refused:
        _run(pool.prepare(MEGAPIXEL, SPEC, VIEWS))
    assert refused.value.code is Code.UNAVAILABLE
    assert refused.value.retry_after
    assert "shutting down" in refused.value.message


def test_one_pool_serves_several_loops(pool):
    """The pool belongs to no event loop: another one may use it next."""
    for _ in range(2):
        assert _run(pool.prepare(MEGAPIXEL, SPEC, VIEWS)).facts.format == "JPEG"


def test_refusals_do_not_wait_for_decodes(pool, gate):
    """While every thread is busy and the memory taken, what is no photo is told so at once."""

    async def scenario():
        tasks = [_ask(pool) for _ in range(8)]
        await gate.has_started(2)
        for bad in [b"", b"no picture", MEGAPIXEL[:100]]:
            with pytest.raises(FramedError):
                await pool.prepare(bad, SPEC, VIEWS)
        assert gate.started == 2
        gate.opened.set()
        await asyncio.gather(*tasks)

    _run(scenario())


@pytest.fixture
def lasting(monkeypatch):
    """A pool that gives a decode two seconds; every picture may last, and a PNG lasts for ever."""
    monkeypatch.setattr(cost, "_LONG", 1000)
    with_children = DecodePool(1, 240, 2.0, isolated_work=orders.decode_but_sleep_on_png)
    yield with_children
    with_children.close()


ENDLESS, QUICK = encoded(scene(), "PNG"), encoded(scene(), "JPEG")


async def _refusal(asked):
    with pytest.raises(FramedError) as refused:
        await asked
    return refused.value


def test_what_outlasts_its_deadline_is_killed(lasting):
    """It ends as `deadline`, and its place and memory are free at once."""

    async def scenario():
        assert (await lasting.prepare(QUICK, SPEC, VIEWS)).facts.format == "JPEG"
        for _ in range(2):
            refusal = await _refusal(lasting.prepare(ENDLESS, SPEC, VIEWS))
            assert refusal.code is Code.DEADLINE
        assert (await lasting.prepare(QUICK, SPEC, VIEWS)).facts.format == "JPEG"

    _run(scenario())
    assert lasting.fault() is None


def test_a_caller_that_leaves_ends_its_decode(lasting, caplog):
    """The child goes with the last one who waited; the next photo has its place."""

    async def scenario():
        task = _ask(lasting, ENDLESS)
        await asyncio.sleep(0.5)
        task.cancel()
        return await lasting.prepare(QUICK, SPEC, VIEWS)

    assert _run(scenario()).facts.format == "JPEG"


def test_who_would_wait_too_long_behind_lasting_ones_is_refused(lasting):
    """At once, and told when to come back; those who wait have a chance to be decoded in time."""

    async def scenario():
        waiting = [_ask(lasting, ENDLESS) for _ in range(40)]
        await asyncio.sleep(0.5)
        refused = [task for task in waiting if task.done()]
        codes = {task.exception().code for task in refused}
        assert (codes, 0 < len(refused) < 40) == ({Code.OVERLOADED}, True)
        assert all(task.exception().retry_after >= 1 for task in refused)
        for task in waiting:
            task.cancel()

    _run(scenario())


def test_what_is_far_larger_than_all_memory_is_refused(monkeypatch):
    """It is said how much it takes, and what to send instead."""
    monkeypatch.setattr(cost, "_LONG", 1000)
    pool = DecodePool(1, 1)
    refusal = _run(_refusal(pool.prepare(encoded(scene(400, 400), "WEBP"), SPEC, VIEWS)))
    assert refusal.code is Code.TOO_MANY_PIXELS
    assert "MiB" in refusal.message
    pool.close()


def test_ordinary_photos_do_not_wait_for_lasting_ones(lasting, monkeypatch):
    """Whatever holds the children and their memory, a small photo has threads of its own."""
    monkeypatch.setattr(cost, "_LONG", 96 * 64)

    async def scenario():
        waiting = [_ask(lasting, encoded(scene(97, 64), "PNG")) for _ in range(5)]
        await asyncio.sleep(0.2)
        prepared = await lasting.prepare(QUICK, SPEC, VIEWS)
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return prepared

    assert _run(scenario()).facts.format == "JPEG"


def test_a_pool_is_ready_once_it_is_warm(monkeypatch):
    """Until everything is loaded it is not; a photo that comes before waits for it."""
    loaded = threading.Event()
    monkeypatch.setattr(pool_module, "warm_up", lambda: loaded.wait(10))
    pool = DecodePool(2, 64)

    async def scenario():
        assert pool.fault() == "loading"
        task = _ask(pool, QUICK)
        await asyncio.sleep(0.1)
        assert not task.done()
        loaded.set()
        return await task

    assert _run(scenario()).facts.format == "JPEG"
    assert pool.fault() is None
    pool.close()
    assert pool.fault() == "shutting down"


def test_a_pool_that_could_not_load_does_so_later(monkeypatch):
    """Descriptors run out at the first photo: it is to be sent again, and nothing stays broken."""
    pool = DecodePool(1, 64)

    def fail():
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(pool_module, "warm_up", fail)
        refusal = _run(_refusal(pool.prepare(QUICK, SPEC, VIEWS)))
        assert (refusal.code, bool(refusal.retry_after)) == (Code.UNAVAILABLE, True)
        assert "shutting down" not in refusal.message
    assert _run(pool.prepare(QUICK, SPEC, VIEWS)).facts.format == "JPEG"
    assert pool.fault() is None
    pool.close()


def test_a_pool_without_a_thread_says_so(monkeypatch):
    """Where the machine gives none, photos are to be sent again, and the pool is not ready."""
    pool = DecodePool(1, 64)

    def fail(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr("framed.imaging.workers.Thread.start", fail)
        refusal = _run(_refusal(pool.prepare(QUICK, SPEC, VIEWS)))
        assert (refusal.code, bool(refusal.retry_after)) == (Code.UNAVAILABLE, True)
        assert pool.fault()
    assert _run(pool.prepare(QUICK, SPEC, VIEWS)).facts.format == "JPEG"
    pool.close()


def test_stuck_threads_are_told(gate):
    """Threads that hang are replaced up to a bound; then the pool says that it is at its end."""
    pool = DecodePool(1, 10_000, 0.1)

    async def scenario():
        await asyncio.wrap_future(pool.warm())
        tasks = []
        for hanging in range(1, 4):
            assert pool.fault() is None
            tasks.append(_ask(pool))
            await gate.has_started(hanging)
            await asyncio.sleep(0.3)
        assert pool.fault() == pool.stuck() == "all decoding threads are stuck"
        gate.opened.set()
        await asyncio.gather(*tasks)
        while pool.stuck():
            await asyncio.sleep(0.01)

    _run(scenario())
    pool.close()
