"""Processes of a run that count, for tests that need more than one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from framed.telemetry.keeping import COUNTS
from tests.server.running import REPO

COUNT = """
from framed.telemetry import keeping, metrics
keeping.sit_down("{process}")
metrics.CACHE_HITS.inc({hits})
metrics.BATCH_SIZE.observe(3)
"""
READ = """
from framed.telemetry.page import metrics_page
print(metrics_page(None, ready=False).decode())
"""


def start(code: str, folder: Path, **env: str) -> subprocess.Popen[str]:
    """A worker of a run whose counts lie in `folder`."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=REPO,
        env={**os.environ, COUNTS: str(folder), **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(code: str, folder: Path, **env: str) -> str:
    """What such a process writes until it ends."""
    process = start(code, folder, **env)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return out
