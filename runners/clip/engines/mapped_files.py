"""Weights mapped from files: an engine that has its own copies of them leaves the pages unused."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_MAPS = Path("/proc/self/maps")
_READ_ONLY = re.compile(
    r"(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) r--[ps] \S+ \S+ \d+ +(?P<file>/.*)"
)
_DONT_NEED = 4  # MADV_DONTNEED of Linux


def release_mapped(folder: Path) -> int:
    """Take the pages of files below `folder` out of this process; the number of bytes mapped there.

    They stay in the system's file cache as long as there is room, and are found there again at the
    next touch. Only read-only maps: nothing can be lost. Does nothing where there is no /proc.
    """
    mapped = 0
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        for start, end in _spans(folder):
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _DONT_NEED)
            mapped += end - start
    return mapped


def _spans(folder: Path) -> Iterator[tuple[int, int]]:
    inside = str(folder.resolve()) + "/"
    for line in _MAPS.read_text().splitlines():
        found = _READ_ONLY.fullmatch(line)
        if found and found["file"].startswith(inside):
            yield int(found["start"], 16), int(found["end"], 16)
