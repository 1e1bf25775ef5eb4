"""Counts of a run's processes: added up, kept when one dies, and never in the way."""

from __future__ import annotations

import signal
import textwrap
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.telemetry.processes import COUNT, READ, said, start

FORK = """
import os
if (child := os.fork()):
    os.waitpid(child, 0)
metrics.CACHE_HITS.inc(10)
if not child:
    os._exit(0)
"""
WAIT = "\nprint('counted', flush=True)\ninput()"
FORKED_WORKER = (
    """
import os, sys
metrics.CACHE_HITS.inc(100)  # of the supervisor itself, which nobody asks
if (child := os.fork()):
    os.waitpid(child, 0)
else:
"""
    + textwrap.indent(COUNT.format(process="front", hits=7) + READ, "    ")
    + """
    sys.stdout.flush()
    os._exit(0)
"""
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the processes of a run keep what they count."""
    made = tmp_path / "counts"
    made.mkdir()
    return made


def read(text: str) -> dict[str, float]:
    """The series without labels, and the hits of the cache."""
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.labels or sample.labels == {"outcome": "hit"}
    }


def files(folder: Path) -> set[str]:
    """What lies there."""
    return {file.name for file in folder.iterdir()}


def test_processes_are_added_up(folder: Path, tmp_path: Path) -> None:
    """Whoever reads sees what all of them counted; BentoML's own folder, which all servers of one
    home share and each empties when it starts, is left alone."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    shared = {"PROMETHEUS_MULTIPROC_DIR": str(theirs)}
    said(COUNT.format(process="clip", hits=2), folder, **shared)
    code = COUNT.format(process="front", hits=3) + READ
    seen = read(said(code, folder, **shared))
    assert seen["framed_cache_total"] == 5
    assert seen["framed_batch_size_sum"] == 6
    assert files(theirs) == set()


def test_one_that_was_killed_leaves_its_counts_and_its_place(folder: Path) -> None:
    """The next one goes on in the same files, and the dead do not show."""
    for _ in range(2):
        victim = start(COUNT.format(process="clip", hits=1) + WAIT, folder)
        assert victim.stdout is not None
        victim.stdout.readline()
        victim.send_signal(signal.SIGKILL)
        victim.communicate(timeout=30)
    text = said(COUNT.format(process="front", hits=1) + READ, folder)
    assert read(text)["framed_cache_total"] == 3
    assert 'process="front"' in text
    assert 'process="clip"' not in text
    assert len([*folder.glob("*.db")]) == 2, "a counter's and a histogram's, of one place"


def test_a_forked_process_has_a_place_of_its_own(folder: Path) -> None:
    """Two processes that write into one file would undo each other's counts."""
    code = COUNT.format(process="front", hits=1) + FORK + READ
    assert read(said(code, folder))["framed_cache_total"] == 21


def test_a_damaged_file_costs_its_own_counts_only(folder: Path) -> None:
    """The page is there all the same."""
    (folder / "counter_9.db").write_bytes(b"\xff\x7f\0\0" * 64)
    code = COUNT.format(process="front", hits=2) + READ
    assert read(said(code, folder))["framed_cache_total"] == 2
    for file in folder.glob("*_0.db"):  # without room for it, writing would kill the process
        assert file.stat().st_blocks * 512 >= file.stat().st_size


def test_a_forked_worker_counts_where_the_others_do(folder: Path) -> None:
    """The supervisor has imported everything before, and has no place itself."""
    code = "from framed.telemetry import metrics\n" + FORKED_WORKER
    seen = read(said(code, folder))
    assert seen["framed_cache_total"] == 7
    assert seen["framed_batch_size_sum"] == 3
    assert {file.name for file in folder.glob("*.db")} == {"counter_0.db", "histogram_0.db"}


def test_without_a_folder_a_process_counts_for_itself(tmp_path: Path) -> None:
    """In its memory, with a warning; nothing is written, not where BentoML would either."""
    code = COUNT.format(process="front", hits=4) + READ
    absent = tmp_path / "absent"
    out = said(code, absent, PROMETHEUS_MULTIPROC_DIR=str(tmp_path))
    assert read(out)["framed_cache_total"] == 4
    assert files(tmp_path) == set()
