"""try_image.sh builds the image for real, and serves with it as a container would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.server.running import REPO

SCRIPT = REPO / "scripts" / "try_image.sh"
NEEDED = ("buildah", "debootstrap", "unshare", "setpriv", "curl", "make")
MOST_MB = 1200.0  # uncompressed; 7.4 GB with torch and CUDA


def _missing() -> str | None:
    if os.getuid() != 0:
        return "only root can make a base and mount an image"
    places = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    missing = [each for each in NEEDED if shutil.which(each, path=places) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


def _tried(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPT), *arguments], env={**os.environ, **env}, capture_output=True, text=True
    )


def test_it_says_what_it_does() -> None:
    """--help works for any user, without the programs it needs."""
    told = _tried("--help")
    assert told.returncode == 0
    assert "usage: try_image.sh" in told.stdout
    assert "--base ARCHIVE" in told.stdout


def test_an_unknown_argument_is_refused() -> None:
    """Before anything is made."""
    told = _tried("--bass")
    assert told.returncode == 2
    assert "--bass" in told.stderr


def test_a_checkout_without_set_up_is_told_so(tmp_path: Path) -> None:
    """No set-up begins in passing."""
    if reason := _missing():
        pytest.skip(reason)
    told = _tried(VENV=str(tmp_path / "nothing"), TMPDIR=str(tmp_path))
    assert told.returncode == 2
    assert "make setup" in told.stderr
    assert not [*tmp_path.iterdir()]


@pytest.mark.soak
def test_the_image_is_small_and_serves(tmp_path: Path) -> None:
    """All that the script promises holds, the image is small, and nothing of it stays behind."""
    if reason := _missing():
        pytest.skip(reason)
    told = _tried(TMPDIR=str(tmp_path))
    print(told.stdout, told.stderr)
    assert told.returncode == 0
    assert "FAIL" not in told.stdout + told.stderr
    total = re.search(r"^ *([0-9.]+) MB  uncompressed, all layers$", told.stdout, re.MULTILINE)
    assert total
    assert float(total[1]) <= MOST_MB
    assert not [*tmp_path.iterdir()]
