"""Where this process keeps its counts: in its place of the run's folder, or in its own memory.

Decided once, when the first metric is defined: by the environment that the server's first process
hands on to the front and the runners. Whoever imports Framed outside of a server keeps the
library's own way.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, values
from prometheus_client.multiprocess import MultiProcessCollector

from framed.settings import RUN_ID
from framed.telemetry.places import SIZES, Occupant, OwnPlace, occupants
from framed.telemetry.run_folder import run_folder

logger = logging.getLogger("framed.telemetry")

REGISTRY = CollectorRegistry()
_FOLDER_OF_LIBRARY = "PROMETHEUS_MULTIPROC_DIR"


def _own_place() -> OwnPlace | None:
    folder = run_folder()
    if folder is None:
        return None
    try:
        return OwnPlace(folder)
    except OSError as bad:
        logger.warning("this process counts for itself: %s", bad)
        return None


_PLACE = _own_place()
if _PLACE is not None:
    os.environ[_FOLDER_OF_LIBRARY] = str(_PLACE.folder)
    values.ValueClass = values.MultiProcessValue(_PLACE)  # type: ignore[no-untyped-call]
elif RUN_ID in os.environ:  # BentoML's folder is shared by all servers of one home
    values.ValueClass = values.MutexValue


def sit_down(process: str) -> None:
    """Say what this process is, for those who read the counts."""
    if _PLACE is not None:
        _PLACE.say(process)


def living() -> Iterable[Occupant]:
    """The processes of this run that live now."""
    return () if _PLACE is None else occupants(_PLACE.folder)


def counted() -> Iterable[Metric]:
    """Every metric with the counts of all processes of this run, dead ones included."""
    if _PLACE is None:
        return REGISTRY.collect()
    files = [str(file) for kind in SIZES for file in _PLACE.folder.glob(f"{kind}_*.db")]
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
