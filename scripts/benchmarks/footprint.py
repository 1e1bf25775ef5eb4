"""Rows of a whole server: the memory of all its processes, and the time until it is ready."""

from __future__ import annotations

import statistics
from functools import partial

from scripts.benchmarks.models import MINI, VIT_L, Model, checkpoint
from scripts.benchmarks.over_http import load_on
from scripts.benchmarks.row import Conditions, Measured, Row
from scripts.benchmarks.server import serving

_CLIENTS, _LOAD_S = 16, 15.0
_MOST_STARTS = 3


def _memory(conditions: Conditions) -> Measured:
    """Proportional set size of every process once it has answered 16 clients for a while."""
    with serving(checkpoint(VIT_L), deadline="100") as server:
        idle = server.memory_gb()
        answers = load_on(server, conditions, _CLIENTS, _LOAD_S)
        value = server.memory_gb()
        note = f"{idle:.2f} GB before the first of {len(answers.seconds)} requests"
        return Measured(value, "GB", notes=(f"{note}; {len(server.processes())} processes",))


def _start(model: Model, conditions: Conditions) -> Measured:
    """Seconds until `/readyz` answers 200; a start before has filled the caches."""
    _ready(model)
    starts = range(min(conditions.repeat, 1 if conditions.quick else _MOST_STARTS))
    return Measured(statistics.median(_ready(model) for _ in conditions.progress(starts)), "s")


def _ready(model: Model) -> float:
    with serving(checkpoint(model)) as server:
        return server.seconds


ROWS = (
    Row("memory/vit-l-14", _memory, large=True),
    Row("start/vit-l-14", partial(_start, VIT_L), large=True),
    Row("start/mini", partial(_start, MINI)),
)
