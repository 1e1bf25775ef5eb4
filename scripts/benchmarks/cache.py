"""Rows of the feature cache: a photo that is found again, against one that is looked at."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from framed.assemble import FeaturesService
from framed.settings import settings
from scripts.benchmarks.models import ENGINES
from scripts.benchmarks.row import Conditions, Measured, NotMeasurableError, Row

_ITEMS = 60  # artifacts of the batch; photos are repeated under other names to fill it


def _hit(conditions: Conditions) -> Measured:
    """Wall time a photo of a batch that is all in the cache; the baseline is its first run.

    Everything counts that a batch does: reading the file, hashing it, reading and checking the
    entry, writing the answer; not HTTP.
    """
    with tempfile.TemporaryDirectory() as folder, _own_settings(Path(folder)):
        service = FeaturesService()
        batch = _batch(conditions.jpegs, Path(folder))
        first = _milliseconds(service, batch, cached=False)
        runs = [
            _milliseconds(service, batch, cached=True)
            for _ in conditions.progress(range(conditions.repeat))
        ]
        service.close()
    return Measured(statistics.median(runs), "ms", first)


@contextmanager
def _own_settings(folder: Path) -> Iterator[None]:
    """The settings as they are by default, whatever the caller's are, and a cache of our own."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(("FRAMED_", "CLIP_")):
            del os.environ[name]
    os.environ.update(
        FRAMED_CACHE_DIR=str(folder),
        FRAMED_ENGINE_CACHE=str(ENGINES),  # preparing the model is not what is measured
        FRAMED_PATH_ROOTS=str(folder),
        FRAMED_FEATURE_CACHE="True",
        FRAMED_MODEL="mini",
    )
    settings.cache_clear()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.cache_clear()


def _batch(jpegs: Sequence[bytes], folder: Path) -> dict[str, Any]:
    artifacts = []
    for index in range(_ITEMS):
        path = folder / f"{index}.jpg"
        path.write_bytes(jpegs[index % len(jpegs)])
        artifacts.append({"photo_id": path.stem, "std_uri": str(path)})
    return {"artifacts": artifacts}


def _milliseconds(service: FeaturesService, batch: dict[str, Any], *, cached: bool) -> float:
    """Wall time an item; NotMeasurableError where it was not what is to be measured."""
    start = time.perf_counter()
    answer = service.process(batch)
    seconds = time.perf_counter() - start
    for item in answer["artifacts"]:
        if item["features"] is None or item["features"]["detail"]["cached"] is not cached:
            raise NotMeasurableError("the photos were not answered as they should; see the log")
    return seconds * 1e3 / len(answer["artifacts"])


ROWS = (Row("cache/hit", _hit),)
