"""Where this process keeps its counts: in its place of the run's folder, or in its own memory.

The supervisor names the folder to the workers that it starts or forks. Wherever there is none, the
library's own way holds: in memory, unless whoever imports Framed has set it up otherwise.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Metric, values
from prometheus_client.multiprocess import MultiProcessCollector

from framed.telemetry.places import SIZES, Occupant, OwnPlace, occupants

logger = logging.getLogger("framed.telemetry")

COUNTS = "_FRAMED_COUNTS"  # the path of the folder
REGISTRY = CollectorRegistry()
_FOLDER_OF_LIBRARY = "PROMETHEUS_MULTIPROC_DIR"


class _Value:
    """A number of a metric; a process that was forked with it keeps it elsewhere from then on."""

    _multiprocess = False

    def __init__(self, *about: Any, **more: Any) -> None:
        self._about, self._more = about, more
        _keeping.every.append(self)
        self.keep()

    def keep(self) -> None:
        """Where numbers are kept now; what was counted elsewhere stays there."""
        kept = _keeping.make(*self._about, **self._more)
        self.inc, self.set, self.get = kept.inc, kept.set, kept.get
        self.set_exemplar, self.get_exemplar = kept.set_exemplar, kept.get_exemplar


class _Keeping:
    """How this process keeps numbers, and all that it keeps."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self.make = make
        self.place: OwnPlace | None = None
        self.every: list[_Value] = []

    def from_now_on(self, make: Callable[..., Any], place: OwnPlace | None) -> None:
        self.make, self.place = make, place
        for value in self.every:
            value.keep()


# until a worker has its place it counts in memory, and never in BentoML's folder, which is anyone's
_keeping = _Keeping(values.MutexValue if COUNTS in os.environ else values.ValueClass)
values.ValueClass = _Value


def sit_down(process: str) -> None:
    """Keep the counts of this worker, called `process`, where those of the others are.

    Without a folder that can be written to, it counts for itself: a warning.
    """
    if not (folder := os.environ.get(COUNTS)):
        return
    try:
        place = OwnPlace(Path(folder))
        place.say(process)
        os.environ[_FOLDER_OF_LIBRARY] = folder
        _keeping.from_now_on(values.MultiProcessValue(place), place)  # type: ignore[no-untyped-call]
    except OSError as bad:
        logger.warning("%s counts for itself, unseen by others: %s", process, bad)
        _keeping.from_now_on(values.MutexValue, None)


def living() -> Iterable[Occupant]:
    """The processes of this run that live now."""
    return () if _keeping.place is None else occupants(_keeping.place.folder)


def counted() -> Iterable[Metric]:
    """Every metric with the counts of all processes of this run, dead ones included."""
    if _keeping.place is None:
        return REGISTRY.collect()
    folder = _keeping.place.folder
    files = [str(file) for kind in SIZES for file in folder.glob(f"{kind}_*.db")]
    try:
        return _merged(files)
    except Exception as bad:  # a door: one damaged file must not hide the others
        logger.warning("counts cannot be read: %s: %s", type(bad).__name__, bad)
        return _merged([file for file in files if _is_readable(file)])


def _merged(files: Iterable[str]) -> list[Metric]:
    merged = MultiProcessCollector.merge(list(files), accumulate=True)  # type: ignore[no-untyped-call]
    return list(merged)


def _is_readable(file: str) -> bool:
    try:
        _merged([file])
    except Exception:  # whatever is wrong with it
        logger.warning("the counts in %s are left out", Path(file).name)
        return False
    return True
