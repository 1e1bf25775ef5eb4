"""An export in a process of its own that ends: its torch and its gigabytes end with it."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

logger = logging.getLogger("framed.clip.prepared")

STAGE = "export "  # what a line of progress begins with
EXIT_UNSUPPORTED = 3  # the model cannot be exported, today or tomorrow
_ROOT = Path(__file__).resolve().parents[3]


def run_child(module: str, folder: Path, order: Mapping[str, Any]) -> tuple[int, str]:
    """`python -m module folder` with `order` as JSON on its standard input.

    Its lines of progress go to the log. Returns its exit status and its last line.
    """
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", module, str(folder)],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdin is not None  # asked for
        assert process.stdout is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        last = _tell(process.stdout)  # its input stays open: when it ends, we have died
    return process.returncode, last


def read_order(*, ends_with_parent: bool) -> dict[str, Any]:
    """In the child: the order it was given.

    `ends_with_parent`: from then on this process ends when the one that gave the order does.
    """
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    if ends_with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    return order


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def _tell(lines: Iterable[str]) -> str:
    """Stages go to the log; what libraries say besides only where one looks closely."""
    last = "nothing was said"
    for line in lines:
        if line := line.strip():
            last = line
            logger.log(logging.INFO if line.startswith(STAGE) else logging.DEBUG, "%s", line)
    return last


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """No other process does the same meanwhile; the lock goes with the process."""
    descriptor = os.open(lock, os.O_CREAT | os.O_RDWR, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            logger.info("waiting for another process that prepares models in %s", lock.parent)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
