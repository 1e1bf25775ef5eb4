"""Hostile inputs from a fixed seed on every route, four at a time: nothing fails, nothing hangs.

An input that breaks a promise is named by its seed and number; `inputs.hostile(seed, number)` makes
it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.hostile.memory import pss_of
from tests.server.hostile.siege import Siege
from tests.server.hostile.warming import warm_up
from tests.server.running import RunningServer, running_server

SEED = 21
PORTION = 40
FIRST = 80  # inputs after which memory is as usual: refusals load code of their own
SETTLED = 10.0  # seconds that memory may take to be given back
ROOM = 1.05
A_SECOND = 1.0


@pytest.fixture
def besieged(tmp_path: Path) -> Iterator[RunningServer]:
    """A server of its own: its memory is looked at."""
    with running_server(tmp_path, env={"FRAMED_FEATURE_CACHE": "False"}) as server:
        yield server


def _hold(server: RunningServer, sample: Path, inputs: int) -> Siege:
    """The promises, over `inputs` of them after the first ones."""
    photo = sample.read_bytes()
    warm_up(server.url, photo)
    siege = Siege(server, photo, SEED)
    siege.send(range(FIRST))
    usual = pss_of(server)
    for start in range(FIRST, FIRST + inputs, PORTION):
        siege.send(range(start, min(start + PORTION, FIRST + inputs)))
    assert not siege.faults, "\n".join(siege.faults)
    assert siege.slowest <= A_SECOND
    server.wait_for(lambda: pss_of(server) <= usual * ROOM, SETTLED)
    assert pss_of(server) <= usual * ROOM
    return siege


def test_hostile_inputs_harm_nobody(besieged: RunningServer, sample: Path) -> None:
    """No 5xx, no hang, refusals in the route's shape, the next photo right, memory as before."""
    siege = _hold(besieged, sample, 200)
    assert siege.statuses.keys() >= {200, 400, 404}  # what is sent is not all of one kind


@pytest.mark.soak
def test_thousands_of_hostile_inputs_harm_nobody(besieged: RunningServer, sample: Path) -> None:
    """The same over many more."""
    _hold(besieged, sample, 3000)
