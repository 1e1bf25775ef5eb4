"""Rows of a whole server: the memory of all its processes, and the time until it is ready.

What measures takes the folder of the build that is served, so that two can be held together.
"""

from __future__ import annotations

import statistics
import tempfile
from functools import partial
from pathlib import Path

from scripts.benchmarks.models import MINI, ROOT, VIT_B, VIT_L, Model, checkpoint
from scripts.benchmarks.over_http import load_on
from scripts.benchmarks.row import Conditions, Measured, Row
from scripts.benchmarks.server import Server, serving

_CLIENTS, _LOAD_S = 16, 15.0
_REQUESTS, _BURST_S = 1000, 3.0
_MOST_STARTS = 3


def ready_seconds(model: Model, tree: Path = ROOT) -> float:
    """Seconds until `/readyz` of the build in `tree` answers 200."""
    with serving(checkpoint(model), tree, deadline="100") as server:
        return server.seconds


def fresh_seconds(model: Model, tree: Path = ROOT) -> float:
    """The same with empty caches: nothing was prepared, measured or built for this machine yet."""
    with tempfile.TemporaryDirectory(prefix="framed-bench-fresh-") as folder:
        cache, engines = f"{folder}/cache", f"{folder}/engines"
        with serving(checkpoint(model), tree, cache_dir=cache, engine_cache=engines) as server:
            return server.seconds


def held_mb(model: Model, conditions: Conditions, tree: Path = ROOT) -> tuple[float, float]:
    """Proportional set size of every process in MB (10^6 bytes), before the first photo and once
    1,000 have been answered to 16 clients."""
    with serving(checkpoint(model), tree, deadline="100") as server:
        idle, answered = server.memory_gb(), 0
        while answered < _REQUESTS:
            answered += _answered(server, conditions)
        return idle * 1e3, server.memory_gb() * 1e3


def _answered(server: Server, conditions: Conditions) -> int:
    return len(load_on(server, conditions, _CLIENTS, _BURST_S).seconds)


def _memory(model: Model, conditions: Conditions) -> Measured:
    """Proportional set size of every process after 1,000 photos."""
    ready_seconds(model)  # prepares it where nobody has
    idle, value = held_mb(model, conditions)
    return Measured(value, "MB", notes=(f"{idle:.0f} MB before the first photo",))


def _memory_loaded(conditions: Conditions) -> Measured:
    """Proportional set size of every process once it has answered 16 clients for a while."""
    with serving(checkpoint(VIT_L), deadline="100") as server:
        idle = server.memory_gb()
        answers = load_on(server, conditions, _CLIENTS, _LOAD_S)
        value = server.memory_gb()
        note = f"{idle:.2f} GB before the first of {len(answers.seconds)} requests"
        return Measured(value, "GB", notes=(f"{note}; {len(server.processes())} processes",))


def _start(model: Model, conditions: Conditions) -> Measured:
    """Seconds until `/readyz` answers 200; a start before has filled the caches."""
    ready_seconds(model)
    return _middle(conditions, partial(ready_seconds, model))


def _fresh(model: Model, conditions: Conditions) -> Measured:
    """Seconds until `/readyz` answers 200 with empty caches."""
    return _middle(conditions, partial(fresh_seconds, model))


def _middle(conditions: Conditions, start: partial[float]) -> Measured:
    starts = range(min(conditions.repeat, 1 if conditions.quick else _MOST_STARTS))
    return Measured(statistics.median(start() for _ in conditions.progress(starts)), "s")


ROWS = (
    Row("memory/vit-l-14", _memory_loaded, large=True),
    Row("memory/vit-b-32", partial(_memory, VIT_B), large=True),
    Row("memory/mini", partial(_memory, MINI)),
    Row("start/vit-l-14", partial(_start, VIT_L), large=True),
    Row("start/mini", partial(_start, MINI)),
    Row("start/mini/fresh", partial(_fresh, MINI)),
)
