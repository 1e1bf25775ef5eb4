"""What `/metrics` shows: the counts of all processes, and how things stand now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client import Metric, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from framed.results import ClipFacts, ModelState
from framed.telemetry import metrics
from framed.telemetry.keeping import counted, living
from framed.telemetry.metrics import Gauge
from framed.telemetry.requests import in_flight

_CREATED = "_created"  # known of one process at most

__all__ = ["CONTENT_TYPE", "metrics_page"]


def metrics_page(clip: ClipFacts | None, *, ready: bool) -> bytes:
    """The text for Prometheus; `clip`: the ClipRunner's facts, None where it does not answer.

    It reads files: for a thread, not for the event loop.
    """
    return generate_latest(_Page(clip, ready))


@dataclass(frozen=True)
class _Page(Collector):
    clip: ClipFacts | None
    ready: bool

    def collect(self) -> Iterator[Metric]:
        for metric in counted():
            kept = (sample for sample in metric.samples if not sample.name.endswith(_CREATED))
            metric.samples = sorted(kept, key=_place)
            yield metric
        yield _family(metrics.READY, [((), float(self.ready))])
        yield _family(metrics.IN_FLIGHT, [((), in_flight())])
        yield _family(metrics.STARTED, (((each.process,), each.started) for each in living()))
        if self.clip is not None:
            yield from _of_models(self.clip.models)


def _of_models(models: Sequence[ModelState]) -> Iterator[Metric]:
    loaded = [each for each in models if each.state == "ready"]
    yield _family(metrics.WAITING, [((), sum(each.waiting for each in models))])
    yield _family(
        metrics.MODEL,
        (
            ((each.words[0], each.revision, each.engine, each.device, each.precision), 1)
            for each in loaded
        ),
    )
    yield _family(
        metrics.BANK,
        (
            ((each.words[0], bank, checksum), 1)
            for each in loaded
            for bank, checksum in each.checksums.items()
        ),
    )


def _family(gauge: Gauge, rows: Iterable[tuple[Sequence[str], float]]) -> Metric:
    family = GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels)
    for labels, value in rows:
        family.add_metric(labels, value)
    return family


def _place(sample: Sample) -> tuple[list[tuple[str, str]], int, float]:
    """Series side by side; of a histogram first the buckets, ascending, then count and sum."""
    labels = sorted((name, value) for name, value in sample.labels.items() if name != "le")
    part = ("_bucket", "_count", "_sum").index(end) if (end := _end_of(sample.name)) else 0
    return labels, part, float(sample.labels.get("le", 0))


def _end_of(name: str) -> str | None:
    return next((end for end in ("_bucket", "_count", "_sum") if name.endswith(end)), None)
