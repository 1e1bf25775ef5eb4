"""Set-up needs only python3 and make, is done once, and says what is missing.

`uv` is a stand-in here: a script that notes its calls, so that nothing is downloaded.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PINS = ("requirements.txt", "requirements-slim.txt", "requirements-dev.txt")
VERBS = {"setup", "run", "test", "check", "soak", "audit", "sbom", "bento", "help"}
UV = """#!/bin/sh
echo "$@" >> calls
case "$1" in
    venv) for last; do :; done; mkdir -p "$last/bin"; ln -s "{python}" "$last/bin/python" ;;
    pip) [ ! -e broken ] ;;
esac
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


class Checkout:
    """The files that set-up reads, in a folder of their own, with the stand-in on PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        shutil.copytree(ROOT / "scripts", folder / "scripts")
        for name in ("Makefile", *PINS):
            shutil.copy(ROOT / name, folder)
        self.script("uv", UV.format(python=sys.executable))

    def script(self, name: str, text: str) -> None:
        """Put a program on the checkout's PATH."""
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def make(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run make as in a fresh shell; PYTHON is this interpreter unless said otherwise."""
        path = f"{self.folder / 'bin'}:/usr/bin:/bin"
        plain = {"PATH": path, "HOME": str(self.folder), "PYTHON": sys.executable}
        return subprocess.run(
            ["make", *words],
            cwd=self.folder,
            env={**plain, **environment},
            capture_output=True,
            text=True,
        )

    def calls(self) -> list[str]:
        """What uv was asked since the last look."""
        notes = self.folder / "calls"
        if not notes.exists():
            return []
        lines = notes.read_text().splitlines()
        notes.unlink()
        return lines

    def touch_later(self, name: str) -> None:
        """Make a file newer than everything that was built."""
        stamps = (self.folder / ".venv").glob(".*")
        newest = max(path.stat().st_mtime for path in stamps)
        os.utime(self.folder / name, (newest + 5, newest + 5))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def _installs(calls: list[str]) -> list[str]:
    return [call.split()[-1] for call in calls if call.startswith("pip install")]


def test_sets_up_once(checkout):
    """The first call makes the environment and installs the pins; the second does nothing."""
    assert checkout.make("setup").returncode == 0
    assert _installs(checkout.calls()) == ["requirements.txt"]
    again = checkout.make("setup")
    assert "Nothing to be done" in again.stdout
    assert checkout.calls() == []


def test_changed_pins_are_installed_again(checkout):
    """A newer requirements.txt is installed into the environment that is there."""
    checkout.make("setup")
    checkout.calls()
    checkout.touch_later("requirements.txt")
    assert checkout.make("setup").returncode == 0
    calls = checkout.calls()
    assert _installs(calls) == ["requirements.txt"]
    assert not [call for call in calls if call.startswith("venv")]


def test_failed_set_up_leaves_no_stamp(checkout):
    """What broke off is done again by the next call."""
    (checkout.folder / "broken").touch()
    failed = checkout.make("setup")
    assert failed.returncode != 0
    assert "Set-up stopped" in failed.stderr
    (checkout.folder / "broken").unlink()
    checkout.calls()
    assert checkout.make("setup").returncode == 0
    assert _installs(checkout.calls()) == ["requirements.txt"]


def test_torch_backend_is_passed_on_and_remembered(checkout):
    """TORCH_BACKEND=cpu reaches uv, makes a fresh environment, and holds for later calls."""
    checkout.make("setup")
    checkout.calls()
    checkout.make("setup", TORCH_BACKEND="cpu")
    calls = checkout.calls()
    assert [call for call in calls if call.startswith("venv")]
    assert [call for call in calls if "--torch-backend cpu" in call]
    checkout.touch_later("requirements.txt")
    checkout.make("setup")
    assert "--torch-backend cpu" in checkout.calls()[-1]


def test_default_backend_is_the_registrys(checkout):
    """Without TORCH_BACKEND uv is told nothing about torch."""
    checkout.make("setup")
    assert not [call for call in checkout.calls() if "torch-backend" in call]


def test_a_slim_set_up_is_remembered(checkout):
    """SLIM=1 installs the slim pins into a fresh environment, and holds; SLIM= undoes it."""
    checkout.make("setup")
    checkout.calls()
    checkout.make("setup", "SLIM=1")
    calls = checkout.calls()
    assert [call for call in calls if call.startswith("venv")]
    assert _installs(calls) == ["requirements-slim.txt"]
    assert "Nothing to be done" in checkout.make("setup").stdout
    checkout.touch_later("requirements-slim.txt")
    checkout.make("setup")
    assert _installs(checkout.calls()) == ["requirements-slim.txt"]
    checkout.make("setup", "SLIM=")
    assert _installs(checkout.calls()) == ["requirements.txt"]


def test_a_second_environment_lies_beside_the_first(checkout):
    """VENV names it; what it was made for is its own."""
    checkout.make("setup")
    checkout.make("setup", "SLIM=1", VENV=".venv-slim")
    assert _installs(checkout.calls()) == ["requirements.txt", "requirements-slim.txt"]
    assert (checkout.folder / ".venv-slim" / "bin" / "python").exists()
    assert "Nothing to be done" in checkout.make("setup").stdout
    assert "Nothing to be done" in checkout.make("setup", VENV=".venv-slim").stdout


def test_wrong_python_is_named(checkout):
    """A Python that is too old stops it, with what it is and how to name another."""
    checkout.script("oldpython", '#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2"\n')
    run = checkout.make("setup", PYTHON="oldpython")
    assert run.returncode != 0
    assert "Python 3.9.2" in run.stderr
    assert "PYTHON=python3.12 make setup" in run.stderr
    assert checkout.calls() == []


def test_missing_python_is_named(checkout):
    """A name that is no program stops it the same way."""
    run = checkout.make("setup", PYTHON="python-of-nowhere")
    assert run.returncode != 0
    assert "'python-of-nowhere'" in run.stderr


def test_missing_venv_module_is_named(checkout):
    """Without uv and without ensurepip it says which package brings it."""
    if shutil.which("uv", path="/usr/bin:/bin"):
        pytest.skip("uv is part of this system")
    (checkout.folder / "bin" / "uv").unlink()
    bare = f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\nexec "{sys.executable}" "$@"\n'
    checkout.script("barepython", bare)
    run = checkout.make("setup", PYTHON="barepython")
    assert run.returncode != 0
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"apt-get install python{version}-venv" in run.stderr


def test_slim_pins_are_those_of_the_full_set_up():
    """Of the same versions, without what only prepares, trains, compares or runs on GPUs."""
    full, slim = (set(_pins(ROOT / name)) for name in PINS[:2])
    assert slim < full
    gone = {pin.partition("==")[0] for pin in full - slim}
    assert gone >= {"torch", "torchvision", "open-clip-torch", "timm", "piq", "scikit-image"}
    assert gone >= {"scipy", "pywavelets", "sympy", "networkx"}


def _pins(file):
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("name", PINS)
def test_pins_name_no_place(name):
    """The pins hold versions only: no index, URL, hash or path, and no CUDA package."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pins = _pins(ROOT / name)
    assert all(re.fullmatch(r"[a-z0-9._-]+==\S+( ; .+)?", pin) for pin in pins)
    assert not [line for line in lines if "://" in line or "# /" in line or "--hash" in line]
    assert not [pin for pin in pins if re.match(r"nvidia-|cuda-|triton|.*\+", pin)]


def test_help_lists_every_verb(checkout):
    """`make` alone explains the verbs, each with a line."""
    run = checkout.make()
    listed = set(re.findall(r"^  make (\w+) +\S", run.stdout, re.MULTILINE))
    assert listed >= VERBS
