"""What is read of a process, and that a sample is of those that live."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from scripts.soaking.samples import pss_mb, role, series, take

ROLLUP = """55d4-7ffc ---p 00000000 00:00 0    [rollup]
Rss:               16384 kB
Pss:                2048 kB
Pss_Dirty:          1000 kB
"""


def test_pss_is_read_from_the_rollup() -> None:
    """In MiB; the like-named parts of it are something else."""
    assert pss_mb(ROLLUP) == 2.0
    assert pss_mb("") == 0.0


def test_a_process_is_named_by_its_service() -> None:
    """The supervisor and the trackers have none."""
    assert role(["python", "-m", "x", "--service-name", "ClipRunner", "--fd", "3"]) == "ClipRunner"
    assert role(["python", "--service-name"]) == role([]) == "others"


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux tells it")
def test_a_sample_is_of_the_living(tmp_path: Path) -> None:
    """Memory, threads and descriptors of those that are there; files below the folder."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "left").write_text("")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    gone = psutil.Process(dead.pid)
    dead.wait()
    sample = take(3.0, [psutil.Process(), gone], tmp_path)
    assert sample.memory_mb > 1
    assert sample.threads >= 1
    assert sample.descriptors >= 3
    assert sample.temp_files == 1
    assert series([sample], lambda each: each.temp_files) == [(3.0, 1)]
