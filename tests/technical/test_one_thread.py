"""A measured picture keeps one core busy, not all of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import time
from runners.technical.core import TechnicalCore
from runners.technical.metrics import METRICS, Picture
from tests.technical.pictures import hills

core = TechnicalCore(1)
pictures = [hills(400 + n, 500) for n in range(12)]
for warm in (True, False):
    process, thread = time.process_time(), time.thread_time()
    for pixels in pictures:
        for metric in METRICS:
            metric.function(Picture(pixels))
print((time.thread_time() - thread) / (time.process_time() - process))
"""


def test_no_library_starts_threads_of_its_own() -> None:
    """All CPU that the metrics cost is spent in the thread that calls them, every library's too."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    assert float(run.stdout) > 0.98
