"""Rows of `/classify` over HTTP, against decode and engine alone on the same cores.

The clients run on the machine that serves, in a process of their own. What they use of its CPU is
not the server's fault: it is taken off the wall time, spread over the cores, as far as the cores
had no idle time to give it (cores x wall - CPU of server and clients). A machine that others share
looks idler than it is, so this errs against the server.
"""

from __future__ import annotations

from framed.cpus import granted_cpus
from scripts.benchmarks.bare import Bare
from scripts.benchmarks.child import Child
from scripts.benchmarks.load import CLASSIFY, Answers, Call, Clients
from scripts.benchmarks.machine import cores_named
from scripts.benchmarks.models import MINI, VIT_L, Model, checkpoint, settings_for
from scripts.benchmarks.row import Conditions, Measured, NotMeasurableError, Row
from scripts.benchmarks.server import Server, serving

SIZE = 224
_CLIENTS = 16
_WARM_S = 2.0
_DEADLINE_S = "100"  # so that slow machines answer late rather than not at all
_PERCENTILES = (50, 95, 99)


def _one(conditions: Conditions) -> Measured:
    """Milliseconds until one client has its answer (p50), beside decode and engine without HTTP."""
    settings = settings_for(checkpoint(VIT_L))
    with Child(Bare, settings, SIZE, threads=granted_cpus()) as bare:
        alone = bare.ask("photo_ms", list(conditions.jpegs), 4 + 2 * conditions.repeat)
    answers, _ = _load(VIT_L, conditions, clients=1, seconds=4.0 * conditions.repeat)
    value = answers.percentile_ms(50)
    note = f"{value - alone:.1f} ms over decode and engine; {_latencies(answers)}"
    return Measured(value, "ms", alone, notes=(note,))


def _many(model: Model, seconds: float, conditions: Conditions) -> Measured:
    """Photos a second for 16 clients, over what a thread a core reaches by decode and engine."""
    cores = granted_cpus()
    settings = settings_for(checkpoint(model), threads=cores, streams=cores)
    with Child(Bare, settings, SIZE) as bare:
        alone, alone_ms = bare.ask("rate", list(conditions.jpegs), 2.0 * conditions.repeat)
    answers, server_cpu = _load(model, conditions, clients=_CLIENTS, seconds=seconds)
    photos = len(answers.seconds)
    notes = (
        f"{_latencies(answers)}; {photos} answers, on {cores_named()}",
        f"CPU a photo: decode and engine alone {alone_ms:.1f} ms, server "
        f"{server_cpu / photos * 1e3:.1f} ms, clients {answers.cpu / photos * 1e3:.1f} ms; "
        f"uncorrected {photos / answers.wall:.2f} photos/s",
    )
    rate = photos / corrected_wall(answers.wall, answers.cpu, server_cpu, cores)
    return Measured(rate, "photos/s", alone, more_is_better=True, notes=notes)


def corrected_wall(wall: float, clients_cpu: float, server_cpu: float, cores: int) -> float:
    """Seconds that the server would have taken without the clients on its cores; see above."""
    idle = max(0.0, cores * wall - server_cpu - clients_cpu)
    return wall - max(0.0, clients_cpu - idle) / cores


def load_on(
    server: Server, conditions: Conditions, clients: int, seconds: float, call: Call = CLASSIFY
) -> Answers:
    """The answers of a ready server to so many clients."""
    with Child(Clients, server.url, call, list(conditions.jpegs)) as load:
        answers: Answers = load.ask("ask", clients, seconds)
    if answers.refused or not answers.seconds:
        raise NotMeasurableError(
            f"{len(answers.refused)} requests were refused, {answers.refused[:3]}"
        )
    return answers


def _load(
    model: Model, conditions: Conditions, *, clients: int, seconds: float
) -> tuple[Answers, float]:
    """The answers, and the seconds of CPU that the server took for them."""
    with serving(model, deadline=_DEADLINE_S) as server:
        load_on(server, conditions, clients, _WARM_S)
        before = server.cpu_seconds()
        answers = load_on(server, conditions, clients, seconds)
        return answers, server.cpu_seconds() - before


def _latencies(answers: Answers) -> str:
    return ", ".join(f"p{p} {answers.percentile_ms(p):.1f} ms" for p in _PERCENTILES)


def _large(conditions: Conditions) -> Measured:
    return _many(VIT_L, 12.0 * conditions.repeat, conditions)


def _mini(conditions: Conditions) -> Measured:
    return _many(MINI, 3.0 * conditions.repeat, conditions)


ROWS = (
    Row("http/classify/1", _one, large=True),
    Row("http/classify/16", _large, large=True),
    Row("http/mini/16", _mini),
)
