"""Which instructions of this CPU matter to a model."""

from __future__ import annotations

from pathlib import Path

_TOLD = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "amx_bf16")
_FACTS = Path("/proc/cpuinfo")


def instructions(facts: Path = _FACTS) -> list[str]:
    """Those it has, by Linux's names; none where Linux does not tell."""
    try:
        lines = facts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    return [name for name in _TOLD if name in flags]


def has_bf16() -> bool:
    """Whether products of bf16 numbers are instructions here."""
    return any(name.endswith("bf16") for name in instructions())
