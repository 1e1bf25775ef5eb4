"""Which worker hangs, judged on made-up processes and a clock of our own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from framed.framework.judging import BROKEN, STARTING, Judge, Look
from framed.heartbeat import Beat

PID = 7
ROUND = 0.5
PATIENCE = 10.0
State = Callable[[float], Look]


def idle(second: float) -> Look:
    """Waits for something, and uses nothing."""
    return Look(cpu=1.0, stopped=False, waits=True)


def busy(second: float) -> Look:
    """Computes all the time."""
    return Look(cpu=second, stopped=False, waits=False)


def starved(second: float) -> Look:
    """Would compute, but gets no CPU; reading from a slow disk looks the same."""
    return Look(cpu=1.0, stopped=False, waits=False)


def stopped(second: float) -> Look:
    """Was sent SIGSTOP."""
    return Look(cpu=1.0, stopped=True, waits=False)


def killed_at(
    state: State, beat: Callable[[float], Beat | None], seconds: float, start: float = 0.0
) -> tuple[float, str] | None:
    """When and why the process is to be killed; None where it is left alone."""
    judge, now = Judge(PATIENCE), start
    while now < start + seconds:
        said = beat(now)
        beats = {PID: said} if said else {}
        if found := judge.round(now, beats, {PID: state(now)}):
            return now, found[PID]
        now += ROUND
    return None


def until(end: float, **says: bool) -> Callable[[float], Beat | None]:
    """Beats until `end`, and none after it."""
    return lambda now: Beat(PID, **says) if now < end else None


@pytest.mark.parametrize("state", [idle, busy, starved])
def test_who_beats_is_left_alone(state: State):
    """Whatever a process does, while it beats it does not hang."""
    assert killed_at(state, until(1000), 100) is None


@pytest.mark.parametrize(
    ("state", "least", "most"),
    [(idle, 2.0, 3.0), (busy, 9.5, 10.5), (starved, 9.5, 10.5)],
    ids=["does nothing", "is busy", "is starved"],
)
def test_silence_is_judged_by_what_is_done(state: State, least: float, most: float):
    """Who does nothing has two seconds for a beat, who is busy the whole patience."""
    found = killed_at(state, until(20), 60)
    assert found is not None
    assert least <= found[0] - 19.5 <= most


def test_a_stopped_process_is_killed_soon():
    """SIGSTOP leaves a second; also for a process that has never beaten."""
    for beat in (until(20), until(0)):
        found = killed_at(lambda now: (stopped if now >= 20 else idle)(now), beat, 60)
        assert found is not None
        assert found[0] - 20 <= 1.5
        assert found[1] == "is stopped"


def test_a_start_may_take_long():
    """Who has never beaten is not judged by silence, up to a limit of minutes."""
    found = killed_at(idle, until(0), 2 * STARTING)
    assert found is not None
    assert found[0] >= STARTING


@pytest.mark.parametrize("state", [idle, busy])
def test_who_loads_a_model_has_minutes(state: State):
    """Some engines build a model without letting go of the interpreter."""
    found = killed_at(state, until(20, loading=True), 2 * STARTING)
    assert found is not None
    assert found[0] >= STARTING


def test_who_says_that_it_is_broken_is_replaced_after_a_while():
    """A reason given at each beat for some seconds is believed; a short one is not."""
    broken = Beat(PID, broken="no decoder")
    found = killed_at(idle, lambda now: broken if now >= 20 else Beat(PID), 60)
    assert found == (pytest.approx(19.5 + BROKEN, abs=1.0), "says that it is broken")
    assert killed_at(idle, lambda now: broken if 20 <= now < 22 else Beat(PID), 60) is None


def test_nobody_is_judged_after_the_supervisor_stood_still():
    """After a pause of the whole machine the workers have their time again."""
    judge = Judge(PATIENCE)
    assert judge.round(0.0, {PID: Beat(PID)}, {PID: idle(0)}) == {}
    assert judge.round(0.5, {PID: Beat(PID)}, {PID: idle(0)}) == {}
    assert judge.round(900.0, {}, {PID: idle(0)}) == {}
    assert judge.round(901.0, {}, {PID: idle(0)}) == {}
    assert judge.round(902.0, {}, {PID: idle(0)}) == {PID: "hangs"}


def test_a_new_process_is_not_judged_by_an_old_one():
    """What was heard of a dead process is forgotten with it."""
    judge = Judge(PATIENCE)
    judge.round(0.0, {PID: Beat(PID)}, {PID: idle(0)})
    judge.round(1.0, {}, {})
    for now in (2.0, 3.0, 4.0, 5.0):
        assert judge.round(now, {}, {PID: idle(0)}) == {}
