"""A folder of one server run, where its processes keep their counts beside each other.

Each run has its own, for its own user only, so that servers on one machine never touch each
other's. The first process makes it, holds a lock on it, and takes it away when it ends; the next
run on the machine sweeps up after those that were killed.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from framed.settings import RUN_ID

logger = logging.getLogger("framed.telemetry")

_PREFIX = "framed-run-"
_LOCK = "run.lock"
_YOUNG_SECONDS = 60.0  # a folder may be there a moment before its lock


def run_folder() -> Path | None:
    """The folder of the run that this process belongs to; None: there is none."""
    run = os.environ.get(RUN_ID)
    folder = _named(run) if run else None
    return folder if folder and folder.is_dir() and _is_ours(folder) else None


def make_run_folder(run: str) -> Path | None:
    """The folder of the run called `run`, made now, and gone when this process ends.

    None, with a warning, where there is no place for it: each process then counts for itself.
    """
    _sweep()
    folder = _named(run)
    try:
        folder.mkdir(mode=0o700)
        lock = take_lock(folder / _LOCK)
    except OSError as bad:
        logger.warning("metrics are those of the front alone: %s", bad)
        return None
    atexit.register(_remove, folder, os.getpid(), lock)
    return folder


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


def _named(run: str) -> Path:
    return Path(tempfile.gettempdir()) / f"{_PREFIX}{run}"


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder of this user's, and no link to one."""
    with suppress(OSError):
        about = folder.lstat()
        return about.st_uid == os.getuid() and not folder.is_symlink()
    return False


def _sweep() -> None:
    """Take the folders of killed runs away."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            young = time.time() - folder.lstat().st_mtime < _YOUNG_SECONDS
            if not young and _is_ours(folder) and (lock := take_lock(folder / _LOCK)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _remove(folder: Path, made_by: int, lock: int | None) -> None:
    if os.getpid() != made_by:  # a process that was forked from it
        return
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        os.close(lock)
