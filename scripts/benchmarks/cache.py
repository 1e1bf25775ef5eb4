"""Rows of the feature cache: a photo that is found again, against one that is looked at."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from framed.assemble import FeaturesService
from framed.settings import settings
from scripts.benchmarks.row import Conditions, Measured, Row

_ITEMS = 60  # artifacts of the batch; photos are repeated under other names to fill it


def _hit(conditions: Conditions) -> Measured:
    """Wall time a photo of a batch that is all in the cache; the baseline is its first run.

    Everything counts that a batch does: reading the file, hashing it, reading and checking the
    entry, writing the answer; not HTTP.
    """
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FRAMED_CACHE_DIR"] = folder
        settings.cache_clear()
        service = FeaturesService()
        batch = _batch(conditions.jpegs, Path(folder))
        first = _milliseconds(service, batch)
        runs = [_milliseconds(service, batch) for _ in conditions.progress(range(conditions.repeat))]
    return Measured(statistics.median(runs), "ms", first)


def _batch(jpegs: Sequence[bytes], folder: Path) -> dict[str, Any]:
    artifacts = []
    for index in range(_ITEMS):
        path = folder / f"{index}.jpg"
        path.write_bytes(jpegs[index % len(jpegs)])
        artifacts.append({"photo_id": path.stem, "std_uri": str(path)})
    return {"artifacts": artifacts}


def _milliseconds(service: FeaturesService, batch: dict[str, Any]) -> float:
    start = time.perf_counter()
    service.process(batch)
    return (time.perf_counter() - start) * 1e3 / len(batch["artifacts"])


ROWS = (Row("cache/hit", _hit),)
