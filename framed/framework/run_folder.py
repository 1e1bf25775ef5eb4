"""One server run's own folder below the temporary one: sockets, counts and temporary files.

It is the user's alone (0700), and locked for as long as the supervisor lives.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
from pathlib import Path

logger = logging.getLogger("bentoml.supervisor")

PREFIX = "framed-run-"
LOCK = "lock"


class RunFolder:
    """Made with the object; `remove` takes it away."""

    def __init__(self) -> None:
        _tell_of_another()
        fresh = Path(tempfile.mkdtemp(prefix="framed-new-"))
        self._lock = os.open(fresh / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.path = fresh.with_name(fresh.name.replace("framed-new-", PREFIX))
        fresh.rename(self.path)  # with this name it is locked: whoever can lock it may remove it
        self.temp.mkdir()
        self.counts.mkdir()

    @property
    def temp(self) -> Path:
        """Where the workers' temporary files lie."""
        return self.path / "tmp"

    @property
    def counts(self) -> Path:
        """Where the workers keep what they count."""
        return self.path / "counts"

    @property
    def beats(self) -> Path:
        """The socket at which the supervisor hears its workers."""
        return self.path / "beats"

    def remove(self) -> None:
        """Take the folder away with all in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def keep_to(folder: str | None) -> None:
    """Have this process make its temporary files in `folder`, or none; None: where Python chooses.

    Python by itself tries it once with a file, and where that cannot be written to (the disk is
    full) makes them elsewhere from then on, out of the run's folder.
    """
    tempfile.tempdir = folder


def _tell_of_another() -> None:
    asked, found = os.environ.get("TMPDIR"), tempfile.gettempdir()
    if asked and os.path.abspath(asked) != found:
        logger.warning("TMPDIR=%s takes no file; temporary files go to %s", asked, found)
