"""An export in a process of its own that ends: its torch and its gigabytes end with it."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

logger = logging.getLogger("framed.clip.prepared")

EXIT_UNSUPPORTED = 3  # the model cannot be exported, today or tomorrow
_ROOT = Path(__file__).resolve().parents[3]


def run_child(module: str, folder: Path, order: Mapping[str, Any]) -> tuple[int, str]:
    """`python -m module folder` with `order` as JSON on its standard input.

    Each line it writes goes to the log. Returns its exit status and its last line.
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
        process.stdin.write(json.dumps(order))
        process.stdin.close()
        last = _tell(process.stdout)
    return process.returncode, last


def _tell(lines: Iterable[str]) -> str:
    last = "nothing was said"
    for line in lines:
        if line := line.strip():
            last = line
            logger.info("%s", line)
    return last


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """No other process does the same meanwhile; the lock goes with the process."""
    descriptor = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
