"""An earlier build of Framed, out of this repository's own history, to be served beside it."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmarks.models import BUILD, ROOT
from scripts.benchmarks.row import NotMeasurableError

_NAME = ".commit"  # the file that says which build the folder holds


@dataclass(frozen=True)
class Build:
    """A commit, whole, and the day it was made."""

    commit: str
    date: str

    def said(self) -> str:
        """In a few words, for notes."""
        return f"{self.commit[:7]} of {self.date}"


BEFORE = Build("929a3e7e7dc19e27e8edb39ac860411bc56c043f", "2026-11-29")
"""The build before a photo cost half the CPU; what `*/before` rows stand beside."""


def named(commit: str | None, *, root: Path = ROOT) -> Build:
    """The build of `commit`, a name that git knows in the history of `root`; `BEFORE` for None.

    Raises `NotMeasurableError` where git or the commit is not there.
    """
    if commit is None:
        return BEFORE
    said = _git(root, "show", "--no-patch", "--format=%H %cs", f"{commit}^{{commit}}", of=commit)
    return Build(*said.decode().split())


def checked_out(build: Build, *, folder: Path = BUILD / "before", root: Path = ROOT) -> Path:
    """`folder` with the files of `build`, from the history of `root`; kept from run to run.

    Raises `NotMeasurableError` where there is no git, no repository, or not so much history.
    """
    if _holds(folder) == build.commit:
        return folder
    archive = _archive(build, root)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".before-", dir=folder.parent) as making:
        tree = Path(making) / "tree"
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(tree, filter="data")
        (tree / _NAME).write_text(build.commit, encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        tree.rename(folder)
    return folder


def _holds(folder: Path) -> str | None:
    try:
        return (folder / _NAME).read_text(encoding="utf-8")
    except OSError:
        return None


def _archive(build: Build, root: Path) -> bytes:
    """The files of the commit as a tar archive."""
    return _git(root, "archive", "--format=tar", build.commit, of=build.said())


def _git(root: Path, *words: str, of: str) -> bytes:
    """What git answers about the build `of` these words."""
    if not (root / ".git").exists():
        raise NotMeasurableError(f"{root} is no git checkout, which has the build before in it")
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True)
    except FileNotFoundError:
        raise NotMeasurableError("it takes git to check out the build before") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[:200]
        raise NotMeasurableError(
            f"the history lacks {of} ({said}); where it is shallow, "
            "`git fetch --unshallow` brings it"
        )
    return done.stdout
