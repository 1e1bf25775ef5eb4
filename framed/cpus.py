"""How many CPUs this process may use: the affinity mask, cut by the control group's quota."""

from __future__ import annotations

import math
import os
from pathlib import Path

_QUOTA_FILE = Path("/sys/fs/cgroup/cpu.max")


def granted_cpus() -> int:
    """CPUs granted to this process, at least 1 (a laptop's cores, or a container's share)."""
    if hasattr(os, "sched_getaffinity"):
        available = len(os.sched_getaffinity(0))
    else:
        available = os.cpu_count() or 1
    return max(1, min(available, _quota(_QUOTA_FILE) or available))


def _quota(file: Path) -> int | None:
    """Whole CPUs of a cgroup v2 `cpu.max` file, rounded up; None where there is no limit."""
    try:
        quota, period = file.read_text().split()
    except (OSError, ValueError):
        return None
    return None if quota == "max" else math.ceil(int(quota) / int(period))
