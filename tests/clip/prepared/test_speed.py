"""A faster engine is told from a slower one by CPU time, once a machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from runners.clip.prepared.folder import ADMISSION, REFERENCE, Pixels, Prepared, Rows
from runners.clip.prepared.speed import Speed, compare_speed
from tests.clip.prepared.test_folder import FACTS_OF_MODEL


class Machine:
    """A clock that only moves while one of its engines works."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[tuple[str, int]] = []

    def clock(self) -> float:
        return self.now

    def engine(self, name: str, seconds: Iterator[float]) -> EngineOfMachine:
        return EngineOfMachine(self, name, seconds)


class EngineOfMachine:
    """Each call takes the next of `seconds` a photo."""

    def __init__(self, machine: Machine, name: str, seconds: Iterator[float]) -> None:
        self._machine, self._name, self._seconds = machine, name, seconds

    def __call__(self, photos: Pixels) -> Rows:
        self._machine.calls.append((self._name, len(photos)))
        self._machine.now += next(self._seconds) * len(photos)
        return np.zeros((len(photos), 8), np.float32)


def steady(seconds: float) -> Iterator[float]:
    while True:
        yield seconds


def disturbed(seconds: float) -> Iterator[float]:
    """Slow at first, as every engine is, and ten times as slow in a sixth of all calls."""
    yield from (100 * seconds, 100 * seconds)
    while True:
        yield from (seconds, seconds, seconds, seconds, seconds, 10 * seconds)


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    """A folder with nothing but photos to measure on."""
    photos, rows = np.zeros((6, 4, 4, 3), np.uint8), np.zeros((6, 8), np.float32)
    kept = {"photos": photos, "photo_rows": rows, "prompts": np.array(["a"]), "prompt_rows": rows}
    np.savez(tmp_path / REFERENCE, **kept)
    return Prepared(tmp_path, FACTS_OF_MODEL, (224,), 224)


def test_the_median_of_turns_decides(prepared: Prepared) -> None:
    """Neither the first calls nor disturbances count; single photos and batches do."""
    machine = Machine()
    mine, other = machine.engine("a", disturbed(0.025)), machine.engine("b", steady(0.021))
    speed = compare_speed(prepared, "a beside b", mine, other, clock=machine.clock)
    assert speed.times == pytest.approx(0.84)
    assert not speed.is_worth_it
    turns = [(name, count) for name in "ab" for count in (1, 4)]
    assert machine.calls == turns * (len(machine.calls) // 4)


def test_a_verdict_holds_for_what_it_was_measured_on(prepared: Prepared) -> None:
    """The next start takes it as it is; another machine is measured anew."""
    machine = Machine()
    mine, other = machine.engine("a", steady(0.1)), machine.engine("b", steady(0.15))
    speeds = [
        compare_speed(prepared, what, mine, other, clock=machine.clock)
        for what in ("here", "here", "there")
    ]
    assert [(round(each.times, 6), each.known) for each in speeds] == [
        (1.5, False),
        (1.5, True),
        (1.5, False),
    ]


def test_slow_engines_are_not_measured_for_long(prepared: Prepared) -> None:
    """Three rounds are enough where each takes long, nine are where it does not."""
    for seconds, rounds in [(10.0, 3), (0.001, 9)]:
        machine = Machine()
        mine, other = (machine.engine(name, steady(seconds)) for name in "ab")
        compare_speed(prepared, f"{seconds}", mine, other, clock=machine.clock)
        assert len(machine.calls) == 4 * (1 + rounds)


@pytest.mark.parametrize("kept", [{"times": -1.0}, {"times": "1.5"}, {"cosine": 1.5}, [1.5]])
def test_a_verdict_that_cannot_be_is_measured_anew(prepared: Prepared, kept: object) -> None:
    """Whatever stands in the file."""
    (prepared.folder / ADMISSION).write_text(json.dumps({"speed, here": kept}))
    machine = Machine()
    mine, other = machine.engine("a", steady(0.1)), machine.engine("b", steady(0.2))
    speed = compare_speed(prepared, "here", mine, other, clock=machine.clock)
    assert (speed.times, speed.known) == (pytest.approx(2.0), False)


def test_noise_is_no_gain() -> None:
    """An engine that is less exact has to be faster by more than a measurement's error."""
    assert [Speed(times).is_worth_it for times in (0.84, 1.0, 1.04, 1.06)] == [False] * 3 + [True]
