"""A tower that is there while it is called, and costs nothing when it is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from runners.clip.engines import openvino_tower
from runners.clip.engines.openvino_tower import PassingTower, Tower

IDLE = 0.2
LONG = 3600.0


class Compiled:
    """What OpenVINO compiles: gives out requests that double what they are given."""

    def __init__(self) -> None:
        self.requests = 0

    def create_infer_request(self) -> Request:
        self.requests += 1
        return Request()


class Request:
    """Keeps its answer until the next call, as OpenVINO's do."""

    def __init__(self) -> None:
        self.data = np.zeros(1, np.float32)

    def infer(self, inputs: Mapping[str, Any]) -> None:
        self.data[:] = 2 * inputs["number"]

    def get_tensor(self, _: str) -> Request:
        return self


def doubled(tower: Tower | PassingTower, number: float) -> float:
    return float(tower.run({"number": np.float32(number)}, "rows")[0])


def wait_for(seen: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not seen() and time.monotonic() < end:
        time.sleep(0.02)
    return seen()


def test_each_thread_has_a_request_of_its_own() -> None:
    """A thread's answer is not another's, and is not changed by the next call."""
    compiled = Compiled()
    tower = Tower(compiled)
    first = tower.run({"number": np.float32(1)}, "rows")
    with ThreadPoolExecutor(1) as other:
        assert other.submit(doubled, tower, 5).result() == 10
    assert doubled(tower, 7) == 14
    assert first[0] == 2
    assert compiled.requests == 2


def opening(opened: list[Compiled]) -> Tower:
    opened.append(Compiled())
    return Tower(opened[-1])


@pytest.fixture
def opened() -> list[Compiled]:
    """What was compiled so far."""
    return []


@pytest.fixture
def passing(opened: list[Compiled]) -> PassingTower:
    """A tower that goes soon."""
    return PassingTower(lambda: opening(opened), IDLE)


def test_it_is_opened_by_the_first_call_and_once(
    opened: list[Compiled],
) -> None:
    """Callers that come together share it."""
    passing = PassingTower(lambda: opening(opened), LONG)
    assert not passing.is_open
    with ThreadPoolExecutor(4) as callers:
        assert list(callers.map(lambda n: doubled(passing, n), range(8))) == [*range(0, 16, 2)]
    assert len(opened) == 1
    assert passing.is_open


def test_what_only_the_first_call_needed_is_given_back_behind_it(opened: list[Compiled]) -> None:
    """Once for each opening, when the weights have been repacked."""
    told: list[int] = []
    passing = PassingTower(
        lambda: opening(opened), once_warm=lambda: told.append(opened[-1].requests)
    )
    doubled(passing, 1)
    doubled(passing, 2)
    assert told == [1]


def test_it_goes_when_nobody_calls_and_comes_back(
    passing: PassingTower, opened: list[Compiled]
) -> None:
    """Idle for a while it is let go; the next call opens it again and has the same answer."""
    before = doubled(passing, 3)
    assert wait_for(lambda: not passing.is_open)
    assert doubled(passing, 3) == before
    assert len(opened) == 2


def test_a_tower_in_use_stays(opened: list[Compiled], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call puts its end off; by a clock that is set here, so that no machine is too slow."""
    now = [100.0]
    monkeypatch.setattr(openvino_tower.time, "monotonic", lambda: now[0])
    passing = PassingTower(lambda: opening(opened), LONG)
    for _ in range(5):
        doubled(passing, 1)
        now[0] += LONG * 0.9
        passing._close_if_idle()
        assert passing.is_open
    now[0] += LONG * 0.2
    passing._close_if_idle()
    assert not passing.is_open
    assert len(opened) == 1
