"""A reader who takes nothing of a response for too long is told from a slow one."""

from __future__ import annotations

from typing import Any

from framed.framework.standing import Standing


class Pipe:
    """A transport that has `pending` bytes to send."""

    pending = 0

    def get_write_buffer_size(self) -> int:
        return self.pending


def standing(pipe: Any) -> Standing:
    return Standing(pipe, seconds=3)


def test_nothing_to_send() -> None:
    """Nobody is late then, however long it lasts."""
    quiet = standing(Pipe())
    assert not any(quiet.is_over(float(now)) for now in range(0, 100, 10))


def test_a_slow_reader_is_waited_for() -> None:
    """A byte now and then is progress."""
    pipe = Pipe()
    slow = standing(pipe)
    for now in range(0, 20, 2):
        pipe.pending = 1000 - now
        assert not slow.is_over(now)


def test_one_that_takes_nothing_is_not() -> None:
    """Once the seconds are over, counted from when there was something to take."""
    pipe = Pipe()
    stuck = standing(pipe)
    assert not stuck.is_over(100)
    pipe.pending = 1000
    assert [stuck.is_over(now) for now in (101, 103, 104, 105)] == [False, False, False, True]


def test_refilled_is_no_standstill() -> None:
    """A stream is as full as before when its reader took a part of it and more came."""
    pipe = Pipe()
    pipe.pending = 1000
    stream = standing(pipe)
    for now in range(10):
        stream.moved(now)
        assert not stream.is_over(now)
