"""Every metric of Framed. Dashboards and alerts are built on these names and labels.

Counters and histograms are counted where things happen, in every process; gauges are asked for
when somebody reads. No label has a value that a sender may choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from prometheus_client import Counter, Histogram

from framed.telemetry.keeping import REGISTRY

Stage = Literal["intake", "decode", "turn", "queue", "encode", "score", "technical", "serialise"]

SECONDS = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0),
)
PHOTOS = (1, 2, 4, 8, 16, 32, 64)

_STAGE = Histogram(
    "framed_stage_seconds",
    "Seconds that a photo or request spends in a stage; encode: a call of the model.",
    ["stage"],
    buckets=SECONDS,
    registry=REGISTRY,
)
STAGES = {name: _STAGE.labels(name) for name in get_args(Stage)}

REQUEST_SECONDS = Histogram(
    "framed_request_seconds",
    "Seconds from a request to the end of its answer.",
    ["route", "status"],
    buckets=SECONDS,
    registry=REGISTRY,
)
REQUESTS = Counter(
    "framed_requests",
    "Requests answered; code: the error's, empty where there is none.",
    ["route", "status", "code"],
    registry=REGISTRY,
)
PHOTOS_SEEN = Counter(
    "framed_photos",
    "Photos by format, as their bytes say it, and by what became of them: ok, or the error's code.",
    ["format", "outcome"],
    registry=REGISTRY,
)
BATCH_SIZE = Histogram(
    "framed_batch_size", "Photos in one call of the model.", buckets=PHOTOS, registry=REGISTRY
)
_CACHE = Counter(
    "framed_cache", "Features looked for in the cache.", ["outcome"], registry=REGISTRY
)
CACHE_HITS, CACHE_MISSES = _CACHE.labels("hit"), _CACHE.labels("miss")
OOM_FALLBACKS = Counter(
    "framed_oom_fallbacks",
    "Photos encoded at a smaller size, as the memory did not do for the asked one.",
    registry=REGISTRY,
)


@dataclass(frozen=True)
class Gauge:
    """What is so at the moment somebody reads."""

    name: str
    help: str
    labels: Sequence[str] = ()


IN_FLIGHT = Gauge("framed_requests_in_flight", "Requests being answered, probes left out.")
WAITING = Gauge("framed_waiting_photos", "Photos that wait for the engine.")
READY = Gauge("framed_ready", "1 where both runners can work on a photo, as /readyz says.")
MODEL = Gauge(
    "framed_model_info",
    "The models that are loaded.",
    ("model", "revision", "engine", "device", "precision"),
)
BANK = Gauge("framed_bank_info", "The label banks that serve.", ("model", "bank", "checksum"))
STARTED = Gauge(
    "framed_process_start_time_seconds",
    "When a process of this server began, in seconds since 1970.",
    ("process",),
)
