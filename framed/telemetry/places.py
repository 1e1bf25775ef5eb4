"""Places in a run's folder: a process takes the first free one and counts on where it stands.

Files are named after places, not processes. So a runner that was killed and started again goes on
from the counts of the one before, they never go back, and there are never more files than there
were processes at one time.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger("framed.telemetry")

KIB = 1024
SIZES = {"counter": 256 * KIB, "histogram": 1024 * KIB}  # more than all series of one process take
_MOST = 64  # processes of one run at a time


@dataclass(frozen=True)
class Occupant:
    """A process that lives: what it is, and when it began (seconds since the epoch)."""

    process: str
    started: float


class OwnPlace:
    """This process's place in `folder`; called, it gives the place's name.

    A process that was forked from it takes a place of its own. Raises OSError where there is none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._owner = os.getpid()
        self._name, self._lock = _take(folder)

    def __call__(self) -> str:
        if self._owner != (owner := os.getpid()):
            self._owner = owner
            self._name, self._lock = _take(self._folder)
        return self._name

    @property
    def folder(self) -> Path:
        """Where the places are."""
        return self._folder

    def say(self, process: str) -> None:
        """Write down who sits here."""
        words = json.dumps({"process": process, "started": time.time()}).encode()
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, words, 0)


def occupants(folder: Path) -> Iterator[Occupant]:
    """The processes that live now and said who they are."""
    for file in sorted(folder.glob("place-*.lock")):
        try:
            if (free := take_lock(file)) is not None:
                os.close(free)
                continue
            said = json.loads(file.read_bytes() or b"{}")
        except (OSError, ValueError) as bad:
            logger.warning("a process cannot be told: %s", bad)
            continue
        if said:
            yield Occupant(**said)


def take_lock(file: Path) -> int | None:
    """A descriptor that holds the lock of `file` as long as it is open; None: somebody holds it.

    The system gives the lock back when the process dies. Raises OSError.
    """
    import fcntl  # of no use, and not there, where no server runs

    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _take(folder: Path) -> tuple[str, int]:
    for number in range(_MOST):
        if (lock := take_lock(folder / f"place-{number}.lock")) is not None:
            os.ftruncate(lock, 0)
            for kind, size in SIZES.items():
                _reserve(folder / f"{kind}_{number}.db", size)
            return str(number), lock
    raise OSError(f"all {_MOST} places of {folder} are taken")


def _reserve(file: Path, size: int) -> None:
    """The file with all of its room on the disk: one that is mapped into memory and has none left
    when it is written kills its process."""
    if file.exists():
        return
    coming = file.with_suffix(".new")
    coming.write_bytes(bytes(size))
    coming.rename(file)
