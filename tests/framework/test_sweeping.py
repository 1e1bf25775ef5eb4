"""What killed servers leave in the temporary folder goes; what living ones use stays."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from framed.framework.run_folder import LOCK, PREFIX, RunFolder
from framed.framework.sweeping import FRESH_SECONDS, RUNNERS, sweep

KILLED = "from framed.framework.run_folder import RunFolder; import os; RunFolder(); os._exit(9)"


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of this test's own, with a path short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="fs-") as made:
        monkeypatch.setattr(tempfile, "tempdir", made)
        yield Path(made)


def runners(folder: Path, name: str) -> tuple[Path, socket.socket]:
    """A runners' folder with a socket in it on which somebody listens."""
    made = folder / (RUNNERS + name)
    made.mkdir(mode=0o700)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(made / "1.sock"))
    listening.listen()
    return made, listening


def test_a_run_is_its_users_alone_and_leaves_nothing(folder: Path):
    """The folder of a run is 0700, and gone when the run ends."""
    run = RunFolder()
    assert run.path.name.startswith(PREFIX)
    assert run.path.stat().st_mode & 0o777 == 0o700
    run.remove()
    assert list(folder.iterdir()) == []


def test_a_killed_run_is_swept(folder: Path):
    """The folder of a process that ended without a word is removed, a living one's is not."""
    subprocess.run([sys.executable, "-c", KILLED], env={**os.environ, "TMPDIR": str(folder)})
    (left,) = folder.iterdir()
    living = RunFolder()
    assert sweep(folder) == [left]
    assert list(folder.iterdir()) == [living.path]
    living.remove()


def test_dead_runners_sockets_are_swept(folder: Path):
    """A folder of sockets on which nobody listens goes; one with a listener stays."""
    left, dead = runners(folder, "dead")
    kept, living = runners(folder, "living")
    dead.close()
    with living:
        assert sweep(folder) == [left]
        assert kept.is_dir()


def test_an_empty_runners_folder_may_belong_to_a_start(folder: Path):
    """Fresh and empty it stays, after an hour it goes."""
    empty = folder / (RUNNERS + "empty")
    empty.mkdir()
    assert sweep(folder) == []
    before = empty.stat().st_mtime - FRESH_SECONDS - 1
    os.utime(empty, (before, before))
    assert sweep(folder) == [empty]


def test_nothing_else_is_touched(folder: Path):
    """Files, links, folders with other things in them, and other names stay as they are."""
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / LOCK).touch()
    (folder / (PREFIX + "link")).symlink_to(folder / "elsewhere")
    (folder / (PREFIX + "file")).touch()
    (folder / (PREFIX + "without-a-lock")).mkdir()
    mixed, dead = runners(folder, "mixed")
    dead.close()
    (mixed / "notes.txt").touch()
    before = sorted(folder.rglob("*"))
    assert sweep(folder) == []
    assert sorted(folder.rglob("*")) == before


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_another_users_folder_is_left_alone(folder: Path):
    """Whoever else's it is sweeps it."""
    left, dead = runners(folder, "theirs")
    dead.close()
    os.chown(left, 65534, 65534)
    assert sweep(folder) == []
