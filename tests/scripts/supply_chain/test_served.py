"""Which packages are served, of all that are installed here."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

from framed.extras import is_there
from scripts.supply_chain.served import PINS, pins, served


def test_pins_and_what_they_bring():
    """torch's own requirements too, where they are for this machine; no tools of developers."""
    names = set(served(PINS))
    assert ("torch" in names) == is_there()
    assert {"bentoml", "pillow"} <= names
    assert not {"pytest", "ruff", "cyclonedx-bom"} & names


def test_other_machines_are_left_out(tmp_path):
    """By the markers of the pins."""
    file = tmp_path / "requirements.txt"
    file.write_text("numpy==1 ; sys_platform == 'plan9'\n# via x\n    # via y\npillow==1\n")
    assert [pin.name for pin in pins(file)] == ["pillow"]


def test_a_missing_package_is_said(tmp_path):
    """An environment that is not the pins' is not judged."""
    file = tmp_path / "requirements.txt"
    file.write_text("framed-of-nowhere==1\n")
    with pytest.raises(PackageNotFoundError):
        served(file)
