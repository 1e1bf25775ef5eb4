"""The start script: one shell script that becomes the server, or says what is missing.

That it serves is tests/server/test_analyze.py's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START = ROOT / "deploy" / "start.sh"
NOTES = '#!/bin/sh\necho "$PWD|$@"\n'


def start(script: Path, *flags: str, cwd: Path, **environment: str) -> tuple[int, str]:
    """Exit status of the script, and all that it wrote."""
    plain = {"PATH": os.environ["PATH"], **environment}
    done = subprocess.run(
        [str(script), *flags], cwd=cwd, env=plain, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose Python only says how it was called."""
    folder = tmp_path / "my checkout"
    python = folder / ".venv" / "bin" / "python"
    for path in (folder / "deploy", python.parent):
        path.mkdir(parents=True)
    shutil.copy(START, folder / "deploy")
    python.write_text(NOTES)
    python.chmod(0o755)
    return folder


@pytest.mark.parametrize("cdpath", ["", "/tmp:/"])
def test_starts_in_the_checkout_wherever_it_is_called(
    checkout: Path, tmp_path: Path, cdpath: str
) -> None:
    """With the checkout's Python, in its folder, where `.env` lies; the flags go on."""
    script = checkout / "deploy" / "start.sh"
    done = start(script, "--port", "7778", cwd=tmp_path, CDPATH=cdpath)
    assert done == (0, f"{checkout}|-m scripts.serve --port 7778\n")


def test_another_environment_may_be_named(checkout: Path) -> None:
    """By VENV, from the checkout on or absolute."""
    (checkout / ".venv").rename(checkout / "other")
    script = checkout / "deploy" / "start.sh"
    for named in ("other", str(checkout / "other")):
        assert start(script, cwd=checkout, VENV=named)[0] == 0


def test_a_missing_environment_is_said(checkout: Path) -> None:
    """And what to call first."""
    shutil.rmtree(checkout / ".venv")
    status, said = start(checkout / "deploy" / "start.sh", cwd=checkout)
    assert status == 1
    assert ".venv/bin/python" in said
    assert "make setup" in said


def test_a_bad_setting_ends_it(tmp_path: Path) -> None:
    """The real one, with the server's own words and exit status."""
    status, said = start(START, cwd=tmp_path, VENV=sys.prefix, FRAMED_PORT="many")
    assert status == 1
    assert "FRAMED_PORT" in said


def test_it_is_a_plain_script() -> None:
    """Executable, and without what shellcheck finds, where that is installed."""
    assert os.access(START, os.X_OK)
    checker = shutil.which("shellcheck") or shutil.which("shellcheck", path=f"{sys.prefix}/bin")
    if checker is None:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run([checker, str(START)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
