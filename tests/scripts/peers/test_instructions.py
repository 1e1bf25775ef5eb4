"""What a CPU can do is read where Linux tells it."""

from __future__ import annotations

from pathlib import Path

from scripts.peers.instructions import instructions


def test_those_that_matter_are_named(tmp_path: Path) -> None:
    """Of the first core, whatever else it has."""
    facts = tmp_path / "cpuinfo"
    facts.write_text("processor\t: 0\nflags\t\t: fpu avx2 avx512_bf16x avx512f\nbugs\t: avx2\n")
    assert instructions(facts) == ["avx2", "avx512f"]


def test_elsewhere_nothing_is_known(tmp_path: Path) -> None:
    """Neither without the file nor without the line."""
    assert instructions(tmp_path / "absent") == []
    (tmp_path / "cpuinfo").write_text("Features\t: asimd bf16\n")
    assert instructions(tmp_path / "cpuinfo") == []
