"""How much memory a server's processes hold."""

from __future__ import annotations

from contextlib import suppress

import psutil

from tests.server.running import RunningServer

MIB = 2**20


def pss_of(server: RunningServer) -> float:
    """Proportional set size of all processes together, in MiB: shared pages count once."""
    total = 0
    for process in server.processes():
        with suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total / MIB
