"""Processes of a run that count, for tests that need more than one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from framed.settings import RUN_ID
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


def start(code: str, temporary: Path, run: str, **env: str) -> subprocess.Popen[str]:
    """A process of the run called `run`, whose folder lies below `temporary`."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=REPO,
        env=_environment(temporary, {RUN_ID: run, **env}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(code: str, temporary: Path, run: str, **env: str) -> str:
    """What such a process writes until it ends."""
    process = start(code, temporary, run, **env)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return out


def _environment(temporary: Path, env: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(temporary), **env}
