"""An earlier build comes out of the repository's own history, or it is said why not."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.benchmarks.earlier import BEFORE, Build, checked_out, named
from scripts.benchmarks.models import ROOT
from scripts.benchmarks.row import NotMeasurableError

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(root: Path, *words: str) -> str:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    done = subprocess.run(
        ["git", "-C", str(root), *who, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(root: Path, **files: str) -> Build:
    """A build with these files added."""
    for name, text in files.items():
        (root / name).write_text(text)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "a build")
    return Build(git(root, "rev-parse", "HEAD"), "2026-01-01")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "repository"
    made.mkdir()
    git(made, "init", "--quiet")
    return made


def test_a_build_is_whole_and_kept(root: Path, tmp_path: Path) -> None:
    """All its files and none of later ones; what runs left in the folder stays, until another build
    takes its place."""
    folder = tmp_path / "build" / "before"
    first, second = commit(root, one="1"), commit(root, one="2", two="2")
    assert checked_out(first, folder=folder, root=root) == folder
    assert ((folder / "one").read_text(), (folder / "two").exists()) == ("1", False)
    (folder / "cache").write_text("of a run")
    checked_out(first, folder=folder, root=root)
    assert (folder / "cache").exists()
    checked_out(second, folder=folder, root=root)
    assert ((folder / "one").read_text(), (folder / "cache").exists()) == ("2", False)
    assert [each.name for each in folder.parent.iterdir()] == ["before"]


def test_history_that_lacks_it(root: Path, tmp_path: Path) -> None:
    """A shallow clone, or no repository at all, is a reason that says what to do."""
    commit(root, one="1")
    with pytest.raises(NotMeasurableError, match="--unshallow"):
        checked_out(Build("0" * 40, "2026-01-01"), folder=tmp_path / "before", root=root)
    with pytest.raises(NotMeasurableError, match="no git checkout"):
        checked_out(BEFORE, folder=tmp_path / "before", root=tmp_path)
    assert not (tmp_path / "before").exists()


def test_a_commit_by_any_name(root: Path) -> None:
    """A tag, a branch or a part of its number name a build; one that is not there is refused."""
    first = commit(root, one="1")
    git(root, "tag", "--annotate", "v1", "--message", "one")
    assert {named(each, root=root).commit for each in ("v1", "HEAD", first.commit[:9])} == {
        first.commit
    }
    assert named(None, root=root) == BEFORE
    with pytest.raises(NotMeasurableError, match="lacks v2"):
        named("v2", root=root)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no git checkout")
def test_the_build_before_is_of_its_day() -> None:
    """The commit and the date that notes name belong together."""
    try:
        date = git(ROOT, "show", "--no-patch", "--format=%cs", BEFORE.commit)
    except subprocess.CalledProcessError:
        pytest.skip("the history is shallow")
    assert date == BEFORE.date
