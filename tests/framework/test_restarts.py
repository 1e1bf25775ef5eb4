"""When a dead worker is started again, on a clock of our own."""

from __future__ import annotations

from framed.framework.restarts import HOPELESS, PAUSES, SOON, Restarts


def die(restarts: Restarts, now: float, *, lived: float, came_up: bool = True) -> float:
    """A life that ends at `now`; the pause after it."""
    restarts.started(now - lived)
    if came_up:
        restarts.came_up()
    restarts.died(now)
    return restarts.pause(now)


def test_the_first_death_costs_no_time():
    """A worker that has served for a while is started again at once."""
    assert die(Restarts(), 100.0, lived=50.0) == 0


def test_a_crash_loop_slows_down():
    """One that dies soon after each start waits longer each time, ten seconds at most."""
    restarts = Restarts()
    pauses = [die(restarts, 100.0 + n, lived=0.1, came_up=False) for n in range(9)]
    assert pauses == [*PAUSES, PAUSES[-1], PAUSES[-1]]
    assert max(pauses) == 10


def test_a_life_of_some_length_starts_the_count_anew():
    """After a worker that lasted, the next death is a first one again."""
    restarts = Restarts()
    for n in range(4):
        die(restarts, 100.0 + n, lived=0.1)
    assert die(restarts, 200.0, lived=SOON) == 0


def test_a_pause_passes():
    """The pause is counted from the death."""
    restarts = Restarts()
    for _ in range(3):
        die(restarts, 100.0, lived=0.1)
    assert restarts.pause(100.5) == 0.5
    assert restarts.pause(101.0) == 0


def test_workers_that_never_come_up_are_hopeless():
    """Five in a row that died before their first sign of life; one that came up ends the row."""
    restarts = Restarts()
    for _ in range(HOPELESS - 1):
        die(restarts, 100.0, lived=1.0, came_up=False)
    assert not restarts.is_hopeless
    die(restarts, 100.0, lived=1.0, came_up=True)
    assert not restarts.is_hopeless
    for _ in range(HOPELESS):
        die(restarts, 100.0, lived=1.0, came_up=False)
    assert restarts.is_hopeless
