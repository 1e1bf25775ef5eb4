"""CPUs granted: the affinity mask, cut by the control group's quota."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from framed import cpus


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine that grants eight CPUs; the file returned is its quota, absent at first."""
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(cpus, "_QUOTA_FILE", quota)
    return quota


def test_this_machine_grants_some() -> None:
    """At least one, and no more than there are."""
    assert 1 <= cpus.granted_cpus() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("quota", "granted"),
    [
        ("max 100000\n", 8),
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),
        ("10000 100000\n", 1),
        ("1600000 100000\n", 8),
        ("", 8),
        ("nonsense", 8),
    ],
    ids=["no limit", "two", "one and a half", "a tenth", "more than there are", "empty", "broken"],
)
def test_a_quota_cuts(machine: Path, quota: str, granted: int) -> None:
    """Parts of a CPU count as one; a quota above the mask, or unreadable, changes nothing."""
    machine.write_text(quota)
    assert cpus.granted_cpus() == granted


def test_without_control_groups_the_mask_decides(machine: Path) -> None:
    """Where there is no quota file all CPUs of the mask are ours."""
    assert cpus.granted_cpus() == 8


def test_without_a_mask_the_machine_decides(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Systems that know no affinity grant all they have, and one where they cannot tell."""
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert cpus.granted_cpus() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cpus.granted_cpus() == 1
