"""`framed.memory`: what this process holds, and giving it back."""

from __future__ import annotations

import subprocess
import sys

import pytest

from framed.memory import give_back, trim, used_mb

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says")


GROWING = """
import numpy as np
from framed.memory import used_mb
before = used_mb()
held = np.ones(64 * 2**20, np.uint8)
print(used_mb() - before)
"""


def test_memory_is_counted_in_mib() -> None:
    """Sixty-four MiB that are written to show as such, in a process that does nothing else."""
    said = subprocess.run([sys.executable, "-c", GROWING], capture_output=True, text=True)
    assert 60 <= float(said.stdout) <= 72, said.stderr


@pytest.mark.parametrize("back", [trim, give_back])
def test_what_is_freed_is_given_back(back: object) -> None:
    """Many small blocks, which the allocator would keep."""
    held = [bytes(2000) for _ in range(50_000)]
    used = used_mb()
    assert used is not None
    kept = held[::2000]
    del held
    assert callable(back)
    back()
    left = used_mb()
    assert left is not None
    assert left < used - 40
    assert len(kept) == 25
