"""Pages of mapped files are given back, and nothing is lost by it."""

from __future__ import annotations

import mmap
import re
import sys
from pathlib import Path

import pytest

from runners.clip.engines.mapped_files import release_mapped

SIZE = 4 * 2**20

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pages are counted by Linux")


def resident(file: Path) -> int:
    """KiB of `file` that this process holds in memory."""
    held, counted = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            counted = line.endswith(str(file))
        elif counted and line.startswith("Rss:"):
            held += int(line.split()[1])
    return held


def test_pages_of_the_folder_are_given_back_and_found_again(tmp_path: Path) -> None:
    """What lies below the folder leaves the process, what lies elsewhere stays; all is readable."""
    inside, outside = tmp_path / "model" / "weights.bin", tmp_path / "models.bin"
    inside.parent.mkdir()
    for file in (inside, outside):
        file.write_bytes(bytes(range(256)) * (SIZE // 256))
    maps = []
    for file in (inside, outside):
        with file.open("rb") as opened:
            maps.append(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
    touched = [sum(each[::4096]) for each in maps]
    assert min(resident(inside), resident(outside)) >= SIZE // 1024
    assert release_mapped(inside.parent) == SIZE
    assert resident(inside) == 0
    assert resident(outside) >= SIZE // 1024
    assert [sum(each[::4096]) for each in maps] == touched


def test_maps_that_may_be_written_are_left_alone(tmp_path: Path) -> None:
    """Their pages may differ from the file, and would be lost."""
    file = tmp_path / "own.bin"
    file.write_bytes(bytes(SIZE))
    with file.open("r+b") as opened:
        own = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_COPY)
    own[:4] = b"mine"
    assert release_mapped(tmp_path) == 0
    assert own[:4] == b"mine"


def test_a_folder_that_nobody_mapped_is_no_error(tmp_path: Path) -> None:
    """There is nothing to give back."""
    assert release_mapped(tmp_path) == 0
