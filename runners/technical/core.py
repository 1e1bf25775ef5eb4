"""How good a picture is, without BentoML: all metrics of one picture in one thread of a small pool.

Which pictures are looked at, and how they were reduced, is decided by the caller.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal

import cv2
import numpy as np

from framed.errors import Code, overloaded
from framed.memory import trim
from framed.photo import FULL_CROP, GREY_PREVIEW, LUMA, RGB, Pixels, PlaneName
from framed.results import NOT_A_PHOTO, Measurements, MetricFacts, TechnicalFacts
from framed.telemetry.stages import stage
from runners.technical.metrics import METRICS, Metric, Picture, Reading, no_reading
from runners.technical.pictures import pictures_of, whole

MAX_WAITING = 256
_WARM_UP_SIDE = 64
_AXES: Mapping[str, int] = {GREY_PREVIEW: 2, LUMA: 2, RGB: 3, FULL_CROP: 2}

_log = logging.getLogger("framed.technical")


class TechnicalCore:
    """The metrics behind a bounded queue; `threads` >= 1 pictures are measured at the same time."""

    def __init__(self, threads: int, *, metrics: Sequence[Metric] = METRICS) -> None:
        cv2.setNumThreads(1)  # the pool is the parallelism; OpenCV's own threads would fight it
        self._metrics = tuple(metrics)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="technical")
        self._places = threading.BoundedSemaphore(threads + MAX_WAITING)
        self._warmed = False

    async def measure(self, planes: Mapping[PlaneName, Pixels]) -> Measurements:
        """Every metric of one photo, each alone: one that fails costs only itself.

        `planes` are views of one photo, uint8, at least 1x1, read only: the grey preview, and what
        further metrics look at. A metric on request is measured where its view is there. A metric
        without a value is None and `warnings` gives the code: the metric's own reason,
        "not_a_photo" of a drawn, written or plain picture, or "internal" for a failure (logged).
        Bars and frames around the picture are left out. Raises FramedError `overloaded` where 256
        photos wait, ValueError for another shape.
        """
        _check(planes)
        with stage("technical"):
            return await asyncio.wrap_future(self._submit(planes))

    async def describe(self) -> TechnicalFacts:
        """What each metric is, and whether a picture was measured since the start."""
        return TechnicalFacts(
            metrics={metric.name: _facts(metric) for metric in self._metrics},
            warmed=self._warmed,
            pid=os.getpid(),
        )

    def warm_up(self) -> None:
        """Measure one tiny picture through the pool and wait; warmed if any metric answered."""
        ramp = np.arange(_WARM_UP_SIDE**2, dtype=np.uint32).astype(np.uint8)
        grey = ramp.reshape(_WARM_UP_SIDE, -1)
        planes: dict[PlaneName, Pixels] = {
            metric.view: np.dstack([grey] * 3) if metric.view == RGB else grey
            for metric in self._metrics
        }
        measured = self._submit(planes).result()
        self._warmed = any(value is not None for value in measured.values.values())
        trim()  # the tables that some metrics work out once took more than they are

    def close(self) -> None:
        """Give the threads back; what still waits is cancelled."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _submit(self, planes: Mapping[PlaneName, Pixels]) -> Future[Measurements]:
        if not self._places.acquire(blocking=False):
            raise overloaded(
                f"{MAX_WAITING} photos wait to be measured already; try again in a second."
            )
        future = self._pool.submit(_measure, self._metrics, planes)
        future.add_done_callback(lambda _: self._places.release())  # also when it was cancelled
        return future


def metrics_of(backends: Literal["framed", "library"]) -> tuple[Metric, ...]:
    """The table of metrics, or the same with the reference libraries' in place of ours."""
    if backends == "framed":
        return METRICS
    from runners.technical.metrics.library import library_metrics  # seconds, for those who ask

    return library_metrics(METRICS)


def _check(planes: Mapping[PlaneName, Pixels]) -> None:
    for name, plane in planes.items():
        if plane.ndim != _AXES[name] or plane.dtype != np.uint8 or plane.size == 0:
            shape = "[h, w, 3]" if _AXES[name] == 3 else "[h, w]"
            raise ValueError(f"{name} is uint8 {shape}, not {plane.dtype} {list(plane.shape)}")


def _facts(metric: Metric) -> MetricFacts:
    return MetricFacts(
        version=metric.version,
        backend=metric.backend,
        view=metric.view,
        range=metric.range,
        direction=metric.direction,
        high=metric.high,
        low=metric.low,
        names=_names(metric),
        on_request=metric.on_request,
    )


def _names(metric: Metric) -> tuple[str, ...]:
    """The numbers that stand among the values."""
    return ((metric.name,) if metric.headline else ()) + metric.extras


def _measure(metrics: Sequence[Metric], planes: Mapping[PlaneName, Pixels]) -> Measurements:
    pictures, drawn = _seen(planes)
    asked = [metric for metric in metrics if metric.view in planes or not metric.on_request]
    read = [(metric, *_read(metric, pictures, drawn)) for metric in asked]
    return Measurements(
        values={
            name: number for metric, reading, _ in read for name, number in _of(metric, reading)
        },
        detail={metric.name: dict(reading.detail) for metric, reading, _ in read if reading.detail},
        warnings={name: why for metric, reading, _ in read for name, why in _why(metric, reading)},
        findings={metric.name: words for metric, _, words in read if words},
    )


def _seen(planes: Mapping[PlaneName, Pixels]) -> tuple[Mapping[PlaneName, Picture], bool]:
    """The views without their borders, and whether the photo is none."""
    try:
        pictures = pictures_of(planes)
        return pictures, GREY_PREVIEW in pictures and pictures[GREY_PREVIEW].drawn
    except Exception:  # a door, as below
        _log.exception("borders and drawings were not told apart")
        return whole(planes), False


def _read(
    metric: Metric, pictures: Mapping[PlaneName, Picture], drawn: bool
) -> tuple[Reading, str | None]:
    """A metric's reading, and what it finds to say of it."""
    if drawn and metric.of_drawn == "nothing":
        return no_reading(NOT_A_PHOTO), None
    try:
        reading = metric.function(pictures[metric.view])
        silent = reading.value is None or (drawn and metric.of_drawn != "reading")
        return reading, None if silent else metric.finding(reading)
    except Exception:  # a door: whatever one metric does, the others still answer
        _log.exception("metric %s failed", metric.name)
        return no_reading(Code.INTERNAL.value), None


def _of(metric: Metric, reading: Reading) -> Iterable[tuple[str, float | None]]:
    """The numbers of one metric, by name; always the same names."""
    numbers = {metric.name: reading.value, **reading.extras}
    return ((name, numbers.get(name)) for name in _names(metric))


def _why(metric: Metric, reading: Reading) -> Iterable[tuple[str, str]]:
    """The reason of each number that is not there: the metric's, and those that stand with it."""
    if reading.reason is None:
        return ()
    absent = (name for name in metric.extras if reading.extras.get(name) is None)
    return ((name, reading.reason) for name in (metric.name, *absent))
