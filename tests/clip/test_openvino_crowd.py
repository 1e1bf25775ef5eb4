"""`runners.clip.engines.openvino_crowd`: who is alone has all threads, others one each."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from runners.clip.engines.openvino_crowd import CrowdTower

Rows = npt.NDArray[np.float32]


class Arrangement:
    """A tower that says which arrangement answered, once it may."""

    def __init__(self, mark: float) -> None:
        self._mark = mark
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()

    def run(self, inputs: Mapping[str, Any], output: str) -> Rows:
        self.begun.set()
        assert self.may_end.wait(10)
        return np.array([[self._mark, *inputs["pixels"]]], np.float32)


def test_a_call_beside_others_goes_to_the_crowd() -> None:
    """The first is alone, those that come meanwhile are not, and the next one is alone again."""
    alone, crowd = Arrangement(1), Arrangement(2)
    tower = CrowdTower(alone, crowd)  # type: ignore[arg-type]
    alone.may_end.clear()
    with ThreadPoolExecutor(1) as other:
        first = other.submit(tower.run, {"pixels": [7]}, "rows")
        assert alone.begun.wait(10)
        assert tower.run({"pixels": [8]}, "rows").tolist() == [[2, 8]]
        alone.may_end.set()
        assert first.result(10).tolist() == [[1, 7]]
    assert tower.run({"pixels": [9]}, "rows").tolist() == [[1, 9]]


def test_a_failed_call_counts_no_longer() -> None:
    """Who comes behind it is alone."""
    alone, crowd = Arrangement(1), Arrangement(2)
    tower = CrowdTower(alone, crowd)  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        tower.run({}, "rows")
    assert tower.run({"pixels": [3]}, "rows").tolist() == [[1, 3]]
