"""Rows of a server that is asked for more than it can do, and of one client beside a batch.

What the clients use of the machine's CPU is taken off the wall time as in the other `http` rows.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from framed.cpus import granted_cpus
from scripts.benchmarks.child import Child
from scripts.benchmarks.flood import Flood, Senders
from scripts.benchmarks.load import Answers
from scripts.benchmarks.models import MINI
from scripts.benchmarks.over_http import corrected_wall, load_on
from scripts.benchmarks.row import Conditions, Measured, NotMeasurableError, Row
from scripts.benchmarks.server import Server, serving

TIMES = 4  # the rate that 16 clients reach
CLIENTS = 256
BATCH = 1000
_USUAL_CLIENTS, _WARM_S = 16, 2.0
_LATE_MS = 100.0  # a refusal that takes longer is late


def _overload(conditions: Conditions) -> Measured:
    """Photos answered a second at four times the rate that can be, over that rate."""
    seconds = 12.0 * conditions.repeat
    with serving(MINI) as server:
        load_on(server, conditions, _USUAL_CLIENTS, _WARM_S)
        usual, usual_rate = _usual(server, conditions, seconds / 2)
        flood, rate = _flooded(server, conditions, TIMES * len(usual.seconds) / usual.wall, seconds)
    if flood.count(504) or flood.without_retry_after or not flood.count(200):
        raise NotMeasurableError(f"answers were wrong: {_statuses(flood)}")
    refused = flood.seconds(503) or [0.0]
    late = sum(each * 1e3 > _LATE_MS for each in refused)
    notes = (
        f"{_statuses(flood)}; answers p50 {_middle(flood.seconds(200)):.2f} s, slowest "
        f"{flood.seconds(200)[-1]:.2f} s",
        f"refusals p50 {_middle(refused) * 1e3:.0f} ms, p99 {_high(refused) * 1e3:.0f} ms, slowest "
        f"{refused[-1] * 1e3:.0f} ms; {late} of {len(refused)} over {_LATE_MS:.0f} ms",
    )
    return Measured(rate, "photos/s", usual_rate, more_is_better=True, notes=notes)


def _usual(server: Server, conditions: Conditions, seconds: float) -> tuple[Answers, float]:
    before = server.cpu_seconds()
    answers = load_on(server, conditions, _USUAL_CLIENTS, seconds)
    used = server.cpu_seconds() - before
    return answers, len(answers.seconds) / corrected_wall(
        answers.wall, answers.cpu, used, granted_cpus()
    )


def _flooded(
    server: Server, conditions: Conditions, rate: float, seconds: float
) -> tuple[Flood, float]:
    before = server.cpu_seconds()
    with Child(
        Senders, server.url, "/classify?size=224&top_k=5", list(conditions.jpegs)
    ) as senders:
        flood: Flood = senders.ask("send", CLIENTS, rate, seconds)
    used = server.cpu_seconds() - before
    wall = corrected_wall(flood.wall, flood.cpu, used, granted_cpus())
    return flood, flood.count(200) / wall


def _beside_batch(conditions: Conditions) -> Measured:
    """p95 of one client while a batch of a thousand photos is worked on, over its p95 alone."""
    seconds = 4.0 * conditions.repeat
    with (
        _written(conditions.jpegs) as paths,
        serving(MINI, feature_cache="False", path_roots=str(paths[0].parent)) as server,
    ):
        load_on(server, conditions, 1, _WARM_S)
        alone = load_on(server, conditions, 1, seconds)
        with _batch_running(server, paths) as done:
            beside = load_on(server, conditions, 1, seconds)
            if done.is_set():
                raise NotMeasurableError("the batch ended before the client did")
    notes = (f"p50 {beside.percentile_ms(50):.1f} ms, alone {alone.percentile_ms(50):.1f} ms",)
    return Measured(beside.percentile_ms(95), "ms", alone.percentile_ms(95), notes=notes)


@contextmanager
def _written(jpegs: Sequence[bytes]) -> Iterator[list[Path]]:
    """The photos as files, gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="framed-bench-") as folder:
        paths = [Path(folder) / f"{number}.jpg" for number in range(len(jpegs))]
        for path, jpeg in zip(paths, jpegs, strict=True):
            path.write_bytes(jpeg)
        yield paths


@contextmanager
def _batch_running(server: Server, paths: Sequence[Path]) -> Iterator[threading.Event]:
    """A batch is worked on while the block runs; the event says that it has ended."""
    items = [{"photo_id": str(n), "std_uri": str(paths[n % len(paths)])} for n in range(BATCH)]
    done = threading.Event()
    thread = threading.Thread(target=_send_batch, args=(server, items, done), daemon=True)
    thread.start()
    time.sleep(1.0)
    yield done


def _send_batch(server: Server, items: list[dict[str, Any]], done: threading.Event) -> None:
    request = urllib.request.Request(
        f"{server.url}/features",
        json.dumps({"artifacts": items}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        urllib.request.urlopen(request, timeout=600).read()
    except OSError:
        return  # the server was stopped meanwhile
    done.set()


def _statuses(flood: Flood) -> str:
    found = sorted({status for status, _ in flood.answers})
    return ", ".join(f"{flood.count(status)} x {status or 'lost'}" for status in found)


def _middle(ascending: list[float]) -> float:
    return ascending[len(ascending) // 2]


def _high(ascending: list[float]) -> float:
    return ascending[min(len(ascending) - 1, int(0.99 * len(ascending)))]


ROWS = (
    Row("http/mini/overload", _overload),
    Row("http/mini/beside-batch", _beside_batch),
)
