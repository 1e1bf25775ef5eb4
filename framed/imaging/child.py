"""The other end of `framed.imaging.isolated`: one child process, as the parent sees it."""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from framed.errors import FramedError
from framed.imaging.isolated import Order
from framed.imaging.outcome import read_outcome
from framed.imaging.prepare import Prepared

logger = logging.getLogger("framed.imaging")

ENDING_SECONDS = 1.0
MODULE = "framed.imaging.isolated"
_ROOT = Path(__file__).resolve().parents[2]
_PASSED_ON = (  # of the environment: what Python and its libraries start by, and no secret
    *("PATH", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SYSTEMROOT"),
)
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


class ChildGoneError(Exception):
    """The child ended before it answered; `status` is its exit status, -N for signal N."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


class Child:
    """A started child; one order at a time. Raises OSError where none can be started."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", MODULE],
            cwd=_ROOT,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ} | _ONE_THREAD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # what is sent to the server's whole group is for the parent to pass
        )

    def do(self, order: Order) -> Prepared | FramedError:
        """The outcome of an order; waits for it. Raises `ChildGoneError` if it ends before."""
        assert self._process.stdin is not None  # asked for
        assert self._process.stdout is not None
        try:
            pickle.dump(order, self._process.stdin, pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
            return read_outcome(self._process.stdout)
        except (OSError, EOFError):
            with suppress(subprocess.TimeoutExpired):  # its output ends a little before it does
                self._process.wait(ENDING_SECONDS)
        except ValueError:  # it does not say what a child says
            logger.error("a decoder's process answers what cannot be an answer")
        self.kill()
        raise ChildGoneError(self._ended())

    def kill(self) -> None:
        """Ends it at once, in whatever it does; any thread may call it."""
        self._process.kill()

    def end(self) -> None:
        """Ends it between two orders, and waits for it."""
        self.kill()
        self._ended()

    def _ended(self) -> int:
        status = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what was not written has nobody to read it
                if pipe:
                    pipe.close()
        return status
