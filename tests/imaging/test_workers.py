"""`framed.imaging.workers`: in order, lazily, and on in spite of what never returns."""

from __future__ import annotations

import threading
import time

import pytest

from framed.imaging.workers import REPLACEMENTS, Workers

LONG = 20.0


@pytest.fixture
def gate():
    """What tasks of a test wait for; opened at its end, so that no thread is left."""
    gate = threading.Event()
    yield gate
    gate.set()


def _until(true):
    end = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_outcomes_and_faults_are_their_askers():
    """Each gets what its own work returned or raised; the thread goes on."""
    workers = Workers(1, "test", 60)
    good, bad = workers.submit(pow, 2, 5), workers.submit(int, "x")
    assert good.result(LONG) == 32
    with pytest.raises(ValueError, match="invalid"):
        bad.result(LONG)
    assert workers.submit(pow, 3, 2).result(LONG) == 9
    workers.close()


def test_threads_come_with_work(gate):
    """None at first, no more than there is work for, and no more than allowed."""
    workers = Workers(2, "with-work", 60)
    assert _threads_named("with-work") == 0
    workers.submit(pow, 1, 1).result(LONG)
    _until(lambda: not workers._since)
    workers.submit(gate.wait, LONG)
    assert _threads_named("with-work") == 1
    for _ in range(5):
        workers.submit(gate.wait, LONG)
    assert _threads_named("with-work") == 2
    workers.close()


def test_work_runs_in_the_order_of_asking(gate):
    """One thread takes what was asked for first."""
    workers, done = Workers(1, "test", 60), []
    workers.submit(gate.wait, LONG)
    asked = [workers.submit(done.append, n) for n in range(20)]
    gate.set()
    asked[-1].result(LONG)
    assert done == list(range(20))
    workers.close()


def test_stuck_threads_are_replaced(gate, caplog):
    """When every thread hangs, others take their places, and it is logged."""
    workers = Workers(2, "test", 0.05)
    for _ in range(2):
        workers.submit(gate.wait, LONG)
    time.sleep(0.1)
    assert workers.submit(pow, 2, 3).result(LONG) == 8
    assert not workers.all_stuck()
    assert "stuck" in caplog.text
    workers.close()


def test_replacing_has_an_end(gate):
    """Once the replacements hang as well there is no more, and that is said; until one returns."""
    workers, most = Workers(1, "test", 0.05), 1 + REPLACEMENTS
    for _ in range(most):
        assert not workers.all_stuck()
        running = workers.submit(gate.wait, LONG)
        _until(running.running)
        time.sleep(0.1)
    waiting = workers.submit(pow, 2, 3)
    time.sleep(0.1)
    assert workers.all_stuck()
    assert not waiting.done()
    gate.set()
    assert waiting.result(LONG) == 8
    _until(lambda: not workers.all_stuck())
    workers.close()


def _threads_named(name: str) -> int:
    return sum(each.name.startswith(name) for each in threading.enumerate())


def test_threads_that_come_back_are_no_more_than_before(gate):
    """A thread whose place was taken ends when its work does."""
    workers = Workers(1, "come-back", 0.05)
    stuck = workers.submit(gate.wait, LONG)
    time.sleep(0.1)
    workers.submit(pow, 1, 1).result(LONG)
    assert _threads_named("come-back") == 2
    gate.set()
    stuck.result(LONG)
    _until(lambda: _threads_named("come-back") == 1)
    assert workers.submit(pow, 1, 1).result(LONG) == 1
    workers.close()


def test_what_was_cancelled_never_starts(gate):
    """Cancelled before its turn."""
    workers, done = Workers(1, "test", 60), []
    workers.submit(gate.wait, LONG)
    never, last = workers.submit(done.append, 1), workers.submit(done.append, 2)
    assert never.cancel()
    gate.set()
    last.result(LONG)
    assert done == [2]
    workers.close()


def test_no_thread_is_told_and_forgotten(monkeypatch):
    """Where the machine gives no thread the asker is told; later work is done again."""
    workers = Workers(1, "test", 60)

    def fail(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fail)
        with pytest.raises(RuntimeError):
            workers.submit(pow, 1, 1)
    assert workers.submit(pow, 2, 2).result(LONG) == 4
    workers.close()


def test_a_close_drops_what_waits(gate):
    """What has started comes to its end, what waits is cancelled, what comes is refused."""
    workers = Workers(1, "test", 60)
    running = workers.submit(gate.wait, LONG)
    _until(running.running)
    waiting = workers.submit(pow, 1, 1)
    workers.close()
    assert waiting.cancelled()
    with pytest.raises(RuntimeError):
        workers.submit(pow, 1, 1)
    gate.set()
    assert running.result(LONG) is True
