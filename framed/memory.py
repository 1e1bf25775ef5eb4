"""How much memory this process has, and giving back what it no longer needs."""

from __future__ import annotations

import ctypes
import gc
import re
from contextlib import suppress
from pathlib import Path

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # as malloc.h numbers them
KEPT_BYTES = 32 * 2**20  # a block, or the free end of a heap

_ROLLUP = Path("/proc/self/smaps_rollup")
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def used_mb() -> float | None:
    """MiB of this process, shared pages by their share (PSS); None where Linux does not say."""
    with suppress(OSError):
        if found := _PSS.search(_ROLLUP.read_text()):
            return int(found[1]) / 1024
    return None


def keep_freed() -> None:
    """Have this process keep what it frees, up to `KEPT_BYTES` a heap, until `trim`.

    A photo's pixels are a few megabytes that come and go; glibc would return them to the system at
    once, and fetch and clear their pages again for the next photo, which costs as much as decoding.
    """
    with suppress(OSError, AttributeError):
        adjust = ctypes.CDLL(None).mallopt
        adjust(_MMAP_THRESHOLD, KEPT_BYTES)
        adjust(_TRIM_THRESHOLD, KEPT_BYTES)


def give_back() -> None:
    """Collect what nobody holds, then `trim`."""
    gc.collect()
    trim()


def trim() -> None:
    """Return freed memory to the system; glibc would else keep it for later."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
