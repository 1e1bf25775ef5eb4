"""A lock whose holder may hang."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from framed.errors import Code, FramedError
from runners.clip.timed_lock import TimedLock


def test_one_at_a_time() -> None:
    """Who comes in time waits for its turn."""
    lock, inside, most = TimedLock(30), [0], [0]

    def work() -> None:
        with lock.held():
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.002)
            inside[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work) for _ in range(40)]:
            done.result()
    assert most == [1]


def test_who_waits_for_one_that_hangs_is_refused() -> None:
    """After the limit, and then at once, until the one that hung is done."""
    lock, begun, end = TimedLock(0.2), threading.Event(), threading.Event()

    def hang() -> None:
        with lock.held():
            begun.set()
            end.wait(60)

    holder = threading.Thread(target=hang)
    holder.start()
    begun.wait(10)
    for _ in range(2):
        with pytest.raises(FramedError) as refused, lock.held():
            pass
        assert refused.value.code is Code.UNAVAILABLE
        assert refused.value.retry_after == 60
    end.set()
    holder.join(10)
    with lock.held():
        pass


def test_a_failure_gives_it_back() -> None:
    """Whatever happens inside."""
    lock = TimedLock(1)
    with pytest.raises(ZeroDivisionError), lock.held():
        raise ZeroDivisionError
    with lock.held():
        pass
