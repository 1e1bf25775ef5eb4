"""What a server holds at one moment: memory, threads, descriptors, temporary files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil

_PSS = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)
_NAMED = "--service-name"
_OTHERS = "others"  # the supervisor, and what helps the processes to start
MIB = 2**20


@dataclass(frozen=True)
class Sample:
    """`seconds` since the start; MiB of proportional set size by process; counts of all of them."""

    seconds: float
    memory: Mapping[str, float]
    threads: int
    descriptors: int
    temp_files: int

    @property
    def memory_mb(self) -> float:
        """Of all processes."""
        return sum(self.memory.values())


def take(seconds: float, processes: Iterable[psutil.Process], temp: Path) -> Sample:
    """A sample of the living ones among `processes`, and of the files below `temp`."""
    memory: dict[str, float] = {}
    threads = descriptors = 0
    for each in processes:
        try:
            name = role(each.cmdline())
            held = pss_mb(Path(f"/proc/{each.pid}/smaps_rollup").read_text())
            memory[name] = memory.get(name, 0.0) + held
            threads += each.num_threads()
            descriptors += each.num_fds()
        except (psutil.Error, OSError):
            continue  # it ended meanwhile
    return Sample(seconds, memory, threads, descriptors, _files(temp))


def pss_mb(rollup: str) -> float:
    """MiB of proportional set size from the text of `/proc/<pid>/smaps_rollup`; 0 without."""
    found = _PSS.search(rollup)
    return int(found[1]) / 1024 if found else 0.0


def role(command: list[str]) -> str:
    """Which service a process of that command line runs."""
    return next((name for flag, name in pairwise(command) if flag == _NAMED), _OTHERS)


def series(
    samples: Iterable[Sample], value: Callable[[Sample], float]
) -> list[tuple[float, float]]:
    """(seconds, value) of each sample."""
    return [(each.seconds, value(each)) for each in samples]


def _files(folder: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(folder))
