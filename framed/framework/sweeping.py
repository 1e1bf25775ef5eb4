"""Folders in the temporary one that killed servers have left there, removed at the next start.

Only this user's, only those of ours or of BentoML's runners, and only where nobody uses them: a
run's folder is locked while its server lives, and on a runner's socket somebody listens.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from framed.framework.run_folder import LOCK, PREFIX

logger = logging.getLogger("bentoml.supervisor")

RUNNERS = "bentoml-uds-"
FRESH_SECONDS = 3600.0  # a folder without anything in it may belong to a server that starts


def sweep(folder: Path | None = None) -> list[Path]:
    """Remove what is left in `folder` (by default the temporary one) of servers that are gone.

    Returns the folders removed. What cannot be looked at or removed stays.
    """
    removed = [each for each in _own(folder or Path(tempfile.gettempdir())) if _is_left(each)]
    for each in removed:
        shutil.rmtree(each, ignore_errors=True)
    if removed:
        logger.info("removed %d folders of servers that were killed", len(removed))
    return removed


def _own(folder: Path) -> Iterator[Path]:
    for each in folder.iterdir():
        if not each.name.startswith((PREFIX, RUNNERS)):
            continue
        try:
            facts = each.lstat()
        except OSError:
            continue
        if stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid():
            yield each


def _is_left(folder: Path) -> bool:
    try:
        return _is_unlocked(folder) if folder.name.startswith(PREFIX) else _is_silent(folder)
    except OSError:
        return False


def _is_unlocked(folder: Path) -> bool:
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def _is_silent(folder: Path) -> bool:
    """Nothing but sockets is there, and nobody listens on any of them."""
    inside = list(folder.iterdir())
    if not inside:
        return time.time() - folder.stat().st_mtime > FRESH_SECONDS
    return all(each.is_socket() and not _is_heard(each) for each in inside)


def _is_heard(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.setblocking(False)
        try:
            caller.connect(str(path))
        except ConnectionRefusedError:
            return False
        except OSError:  # a queue that is full, too: somebody is there
            return True
    return True
