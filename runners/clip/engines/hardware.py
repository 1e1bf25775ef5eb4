"""What this machine has, asked without any model library."""

from __future__ import annotations

import platform
import sys
from functools import cache
from pathlib import Path

_CPU_FACTS = Path("/proc/cpuinfo")
_CPU_FIELDS = ("model name", "cpu family", "model", "stepping")
_INT8_FLAGS = frozenset({"avx512_vnni", "avx_vnni", "amx_int8"})


def may_have_accelerator() -> bool:
    """Whether it is worth asking torch for CUDA or MPS; False is certain, True is not."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    devices = Path("/dev")
    return any(devices.glob("nvidia[0-9]*")) or (devices / "dxg").exists()  # dxg: Windows' WSL


@cache
def cpu_name() -> str:
    """The CPU's model, so that what was measured on one is not believed of another."""
    facts = _cpu_facts()
    if not facts:
        return platform.processor() or platform.machine()
    return " ".join(facts[name] for name in _CPU_FIELDS if name in facts) or platform.machine()


def lacks_vnni() -> bool:
    """Whether this is an x86 CPU without instructions for products of int8; False where the system
    does not tell."""
    flags = _cpu_facts().get("flags")
    return flags is not None and _INT8_FLAGS.isdisjoint(flags.split())


def _cpu_facts() -> dict[str, str]:
    """What Linux says of the first CPU; empty elsewhere."""
    try:
        lines = _CPU_FACTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    facts: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    return facts
