"""What this machine has, asked without any model library."""

from __future__ import annotations

import platform
import sys
from functools import cache
from pathlib import Path

_CPU_FACTS = Path("/proc/cpuinfo")
_CPU_FIELDS = ("model name", "cpu family", "model", "stepping")


def may_have_accelerator() -> bool:
    """Whether it is worth asking torch for CUDA or MPS; False is certain, True is not."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    devices = Path("/dev")
    return any(devices.glob("nvidia[0-9]*")) or (devices / "dxg").exists()  # dxg: Windows' WSL


@cache
def cpu_name() -> str:
    """The CPU's model, so that what was measured on one is not believed of another."""
    try:
        lines = _CPU_FACTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    return " ".join(facts[name] for name in _CPU_FIELDS if name in facts) or platform.machine()
