"""How good a picture is, without BentoML: all metrics of one picture in one thread of a small pool.

Which pictures are looked at, and how they were reduced, is decided by the caller.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import cv2
import numpy as np
import numpy.typing as npt

from framed.errors import Code, FramedError
from framed.results import Measurements, TechnicalFacts
from runners.technical.metrics import GREY_PREVIEW, METRICS, Metric, Reading, no_reading

MAX_WAITING = 256
_WARM_UP_SIDE = 64

Pixels = npt.NDArray[np.uint8]
_log = logging.getLogger("framed.technical")


class TechnicalCore:
    """The metrics behind a bounded queue; `threads` >= 1 pictures are measured at the same time."""

    def __init__(self, threads: int, *, metrics: Sequence[Metric] = METRICS) -> None:
        cv2.setNumThreads(1)  # the pool is the parallelism; OpenCV's own threads would fight it
        self._metrics = tuple(metrics)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="technical")
        self._places = threading.BoundedSemaphore(threads + MAX_WAITING)
        self._warmed = False

    async def measure(self, grey: Pixels, **other_views: Pixels) -> Measurements:
        """Every metric of one picture, each alone: one that fails costs only itself.

        `grey` is the grey preview, uint8 [h, w], at least 1x1, read only; `other_views` are what
        further metrics look at, by the name in `Metric.view`. A metric without a value is None and
        `warnings` gives the code: the metric's own reason, or "internal" for a failure (logged).
        Raises FramedError `overloaded` where 256 pictures wait, ValueError for another shape.
        """
        _check_grey(grey)
        return await asyncio.wrap_future(self._submit({GREY_PREVIEW: grey, **other_views}))

    async def describe(self) -> TechnicalFacts:
        """Which metrics at which versions, and whether a picture was measured since the start."""
        return TechnicalFacts(
            metrics={metric.name: metric.version for metric in self._metrics},
            warmed=self._warmed,
            pid=os.getpid(),
        )

    def warm_up(self) -> None:
        """Measure one tiny picture through the pool and wait; warmed if any metric answered."""
        ramp = np.arange(_WARM_UP_SIDE**2, dtype=np.uint32).astype(np.uint8)
        measured = self._submit({GREY_PREVIEW: ramp.reshape(_WARM_UP_SIDE, -1)}).result()
        self._warmed = any(value is not None for value in measured.values.values())

    def close(self) -> None:
        """Give the threads back; what still waits is cancelled."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _submit(self, views: Mapping[str, Pixels]) -> Future[Measurements]:
        if not self._places.acquire(blocking=False):
            raise FramedError(
                Code.OVERLOADED,
                f"{MAX_WAITING} photos wait to be measured already; try again in a second.",
                retry_after=1,
            )
        future = self._pool.submit(_measure, self._metrics, views)
        future.add_done_callback(lambda _: self._places.release())  # also when it was cancelled
        return future


def _check_grey(grey: Pixels) -> None:
    if grey.ndim != 2 or grey.dtype != np.uint8 or grey.size == 0:
        raise ValueError(f"a grey preview is uint8 [h, w], not {grey.dtype} {list(grey.shape)}")


def _measure(metrics: Sequence[Metric], views: Mapping[str, Pixels]) -> Measurements:
    readings = {metric.name: _read(metric, views) for metric in metrics}
    return Measurements(
        values={name: reading.value for name, reading in readings.items()},
        detail={name: dict(reading.detail) for name, reading in readings.items() if reading.detail},
        warnings={name: reading.reason for name, reading in readings.items() if reading.reason},
    )


def _read(metric: Metric, views: Mapping[str, Pixels]) -> Reading:
    try:
        return metric.function(views[metric.view])
    except Exception:  # a door: whatever one metric does, the others still answer
        _log.exception("metric %s failed", metric.name)
        return no_reading(Code.INTERNAL.value)
