"""The folder of a run: its own, private, gone at the end, swept where the end did not come."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from framed.settings import RUN_ID
from framed.telemetry.run_folder import make_run_folder, run_folder
from tests.server.running import REPO

MAKE = "from framed.telemetry.run_folder import make_run_folder; print(make_run_folder('{run}'))"


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def make_in_a_process(tmp_path: Path, run: str, then: str = "") -> Path:
    """Made by a process that does `then` and ends."""
    code = MAKE.format(run=run) + "\n" + then
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPO, env=env, capture_output=True, text=True, timeout=60
    )
    return Path(done.stdout.split()[0])


def test_two_runs_have_two_folders(tmp_path: Path) -> None:
    """Only their user may look into them."""
    one, other = make_run_folder("one"), make_run_folder("other")
    assert one is not None
    assert other is not None
    assert one != other
    assert {one.stat().st_mode & 0o777, other.stat().st_mode & 0o777} == {0o700}


def test_the_folder_is_found_by_the_run_s_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """And by nobody else."""
    made = make_run_folder("mine")
    monkeypatch.setenv(RUN_ID, "mine")
    assert run_folder() == made
    monkeypatch.setenv(RUN_ID, "other")
    assert run_folder() is None
    monkeypatch.delenv(RUN_ID)
    assert run_folder() is None


def test_a_link_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may write into the folder for temporary files cannot say where counts go."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "framed-run-mine").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setenv(RUN_ID, "mine")
    assert run_folder() is None
    assert make_run_folder("mine") is None


def test_it_goes_when_the_first_process_ends(tmp_path: Path) -> None:
    """However many files the others left in it."""
    write = "import pathlib; (next(pathlib.Path('{}').glob('framed-run-*')) / 'a').write_text('b')"
    made = make_in_a_process(tmp_path, "short", write.format(tmp_path))
    assert made.name == "framed-run-short"
    assert not made.exists()


def test_the_next_run_sweeps_up_after_a_killed_one(tmp_path: Path) -> None:
    """But not the folder of a run that lives, nor one that is just being made."""
    killed = make_in_a_process(tmp_path, "killed", "import os; os.kill(os.getpid(), 9)")
    young = make_in_a_process(tmp_path, "young", "import os; os.kill(os.getpid(), 9)")
    living = make_run_folder("living")
    assert living is not None
    for old in (killed, living):
        os.utime(old, (0, 0))
    make_run_folder("next")
    assert not killed.exists()
    assert young.exists()
    assert living.exists()


def test_no_place_for_it_is_one_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The server runs all the same."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "not-there"))
    assert make_run_folder("one") is None
    (line,) = caplog.records
    assert "metrics are those of the front alone" in line.getMessage()
