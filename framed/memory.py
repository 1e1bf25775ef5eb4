"""How much memory this process has, and giving back what it no longer needs."""

from __future__ import annotations

import ctypes
import gc
import re
from contextlib import suppress
from pathlib import Path

_ROLLUP = Path("/proc/self/smaps_rollup")
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def used_mb() -> float | None:
    """MiB of this process, shared pages by their share (PSS); None where Linux does not say."""
    with suppress(OSError):
        if found := _PSS.search(_ROLLUP.read_text()):
            return int(found[1]) / 1024
    return None


def give_back() -> None:
    """Collect what nobody holds, then `trim`."""
    gc.collect()
    trim()


def trim() -> None:
    """Return freed memory to the system; glibc would else keep it for later."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
