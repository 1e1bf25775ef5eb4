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
        rest = b"\0".join([b"", b"--service-name", service.encode(), b""])
        any(_write_arguments(program + rest) for program in (b"framed", b"f"))


def _write_arguments(arguments: bytes) -> bool:
    """Over those that the process was started with; False where there is no room."""
    start, end = map(int, _STAT.read_text().rpartition(")")[2].split()[_ARGUMENTS])
    if not 0 < len(arguments) <= end - start:
        return False
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, arguments, len(arguments))
    return True
