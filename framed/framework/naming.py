"""What the system calls a forked worker, which would else have the supervisor's name and arguments.

Operators and their tools find a worker by the arguments that BentoML starts it with.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from pathlib import Path

_NAME, _STAT = Path("/proc/self/comm"), Path("/proc/self/stat")
_LONGEST_NAME = 15  # bytes; the system cuts the rest
_ARGUMENTS = slice(45, 47)  # where they begin and end in memory, counted behind the name


def name_process(service: str) -> None:
    """Name this process for `service`, as far as the system lets it; Linux only."""
    with suppress(OSError, ValueError):
        _NAME.write_text(service[:_LONGEST_NAME])
        _write_arguments(b"\0".join([b"framed", b"--service-name", service.encode(), b""]))


def _write_arguments(arguments: bytes) -> None:
    """Over those that the process was started with, if there is room."""
    start, end = map(int, _STAT.read_text().rpartition(")")[2].split()[_ARGUMENTS])
    if 0 < len(arguments) <= end - start:
        ctypes.memset(start, 0, end - start)
        ctypes.memmove(start, arguments, len(arguments))
