"""Rows of `mini` beside the build before: both served here, with the same interpreter, by turns.

Under load both servers are up, and one of them idle. Starts and memory are of one server at a
time: what both map would count half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from framed.cpus import granted_cpus
from scripts.benchmarks.earlier import Build, checked_out, named
from scripts.benchmarks.footprint import held_mb, ready_seconds
from scripts.benchmarks.load import CLASSIFY, FEATURES, Answers, Call
from scripts.benchmarks.machine import cores_named
from scripts.benchmarks.models import MINI, ROOT, checkpoint
from scripts.benchmarks.over_http import corrected_wall, load_on
from scripts.benchmarks.row import Conditions, Measured, Row
from scripts.benchmarks.server import Server, serving
from scripts.benchmarks.turns import Load, Pairs, by_turns

_MANY = 16  # clients
_WARM_S, _TURN_S = 2.0, 3.0
_MOST_LOADS, _MOST_STARTS = 10, 4  # rounds
_ONE = range(1)  # memory hardly differs from one time to the next


@dataclass(frozen=True)
class _Figure:
    """What is made of a server's answers, and in which unit."""

    of: Callable[[Answers, float], float]
    unit: str
    more_is_better: bool = False


def _rate(answers: Answers, server_cpu: float) -> float:
    """Photos a second, without what the clients took of the cores."""
    wall = corrected_wall(answers.wall, answers.cpu, server_cpu, granted_cpus())
    return len(answers.seconds) / wall


def _middle(answers: Answers, _: float) -> float:
    return answers.percentile_ms(50)


_RATE = _Figure(_rate, "photos/s", more_is_better=True)
_LATENCY = _Figure(_middle, "ms")


def _loaded(call: Call, clients: int, figure: _Figure, conditions: Conditions) -> Measured:
    """The figure of so many clients of each build."""
    checkpoint(MINI)
    before = named(conditions.before)
    with _served(ROOT) as ours, _served(checked_out(before)) as other:
        for server in (ours, other):
            load_on(server, conditions, clients, _WARM_S, call)
        turn = partial(_turn, conditions, clients, call, figure)
        ways = partial(turn, ours), partial(turn, other)
        pairs = by_turns(ways, _rounds(2 * conditions.repeat, _MOST_LOADS))
    return _measured(before, pairs, figure.unit, more_is_better=figure.more_is_better)


@contextmanager
def _served(tree: Path) -> Iterator[Server]:
    """A server of `tree` that looks at each photo anew."""
    with serving(MINI, tree, deadline="100", feature_cache="False") as server:
        yield server


def _turn(
    conditions: Conditions, clients: int, call: Call, figure: _Figure, server: Server
) -> Load:
    start = server.cpu_seconds()
    answers = load_on(server, conditions, clients, _TURN_S, call)
    used = server.cpu_seconds() - start
    return Load(figure.of(answers, used), used / len(answers.seconds) * 1e3)


def _start(conditions: Conditions) -> Measured:
    """Seconds until `/readyz` answers 200; a start before has filled each build's caches."""
    before = named(conditions.before)
    ways = partial(_ready, ROOT), partial(_ready, checked_out(before))
    for way in ways:
        way()
    return _measured(before, by_turns(ways, _rounds(conditions.repeat, _MOST_STARTS)), "s")


def _ready(tree: Path) -> Load:
    return Load(ready_seconds(MINI, tree))


def _memory(conditions: Conditions) -> Measured:
    """Proportional set size of every process once 1,000 photos have been answered, in MB."""
    before = named(conditions.before)
    ways = partial(_held, conditions, ROOT), partial(_held, conditions, checked_out(before))
    return _measured(before, by_turns(ways, _ONE), "MB")


def _held(conditions: Conditions, tree: Path) -> Load:
    return Load(held_mb(MINI, conditions, tree)[1])


def _rounds(wanted: int, most: int) -> range:
    return range(min(wanted, most))


def _measured(before: Build, pairs: Pairs, unit: str, *, more_is_better: bool = False) -> Measured:
    """The medians, the median of what the pairs say, and what it was measured on."""
    value, baseline = pairs.middle(_figure_of)
    ratios = pairs.ratios(_figure_of, more_is_better=more_is_better)
    rounds = f"{ratios.said()} in {len(ratios.each)} pair(s)"
    notes = (f"beside {before.said()} on {cores_named()}: {rounds}", *_cpu_notes(pairs))
    return Measured(
        value, unit, baseline, more_is_better=more_is_better, notes=notes, paired=ratios.middle
    )


def _cpu_notes(pairs: Pairs) -> tuple[str, ...]:
    if any(turn.cpu_ms is None for pair in pairs.rounds for turn in pair):
        return ()
    ours, before = pairs.middle(_cpu_of)
    ratios = pairs.ratios(_cpu_of).said()
    return (f"CPU a photo of the server: {ours:.1f} ms, before {before:.1f} ms: {ratios}",)


def _figure_of(load: Load) -> float:
    return load.figure


def _cpu_of(load: Load) -> float:
    return load.cpu_ms or 0.0


ROWS = (
    Row("http/mini/16/before", partial(_loaded, CLASSIFY, _MANY, _RATE)),
    Row("http/mini/1/before", partial(_loaded, CLASSIFY, 1, _LATENCY)),
    Row("features/mini/16/before", partial(_loaded, FEATURES, _MANY, _RATE)),
    Row("start/mini/before", _start),
    Row("memory/mini/before", _memory),
)
