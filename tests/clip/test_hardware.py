"""What the CPU is, and what it lacks, as Linux tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from runners.clip.engines import hardware
from runners.clip.engines.hardware import lacks_vnni


@pytest.mark.parametrize(
    ("facts", "lacks"),
    [
        ("flags\t\t: fpu avx2 fma\n", True),
        ("flags\t\t: fpu avx2 avx512_vnni\n", False),
        ("flags\t\t: fpu avx_vnni\n", False),
        ("Features\t: fp asimd\n", False),
        (None, False),
    ],
    ids=["avx2", "server", "desktop", "arm", "not Linux"],
)
def test_missing_instructions_are_told(
    facts: str | None, lacks: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where the system lists what the CPU has."""
    file = tmp_path / "cpuinfo"
    if facts is not None:
        file.write_text(f"processor\t: 0\n{facts}")
    monkeypatch.setattr(hardware, "_CPU_FACTS", file)
    assert lacks_vnni() is lacks
