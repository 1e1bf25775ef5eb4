"""Libraries inside of packages, told by the names of their files."""

from __future__ import annotations

from importlib.metadata import Distribution
from pathlib import Path

import pytest

from scripts.supply_chain.bundled import carried, copyleft

KNOWN = {"x265": "GPL-2.0-or-later", "heif": "LGPL-3.0-or-later"}


@pytest.fixture
def package(tmp_path: Path) -> Distribution:
    """An installed package with libraries of Linux, macOS and Windows."""
    about = tmp_path / "photo-1.0.dist-info"
    about.mkdir()
    files = (
        "photo/__init__.py",
        "photo.libs/libx265-4883ecb5.so.217",
        "photo/.dylibs/libheif.1.dylib",
        "photo.libs/libfoo-1.so",
        "photo/libraries.py",
    )
    (about / "METADATA").write_text("Name: photo\nVersion: 1.0\n")
    (about / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    return Distribution.at(about)


def test_libraries_are_found(package):
    """By name, whatever version and system they are for."""
    assert carried(package) == {"x265", "heif", "foo"}


def test_those_that_may_be_anywhere_are_left_out(package):
    """The rest is told with package, library and licence."""
    (found,) = copyleft({"photo": package}, KNOWN, ["LGPL-3.0-or-later"])
    assert found.place == "photo/x265"
    assert str(found) == "photo carries libx265, which is under GPL-2.0-or-later"
