"""train_mini: what its command line asks for, and how it says that it cannot run."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import train_mini
from scripts.mini.plan import LEFT_OUT, Plan, smoke

GIVEN = ["--data", "data", "--labels", "labels"]


def plan_of(*more: str) -> Plan:
    return train_mini._plan(train_mini.parser().parse_args([*GIVEN, *more]))


def test_the_defaults_are_the_plan() -> None:
    """Nothing asked for: seed, sources and steps as they are written down."""
    assert plan_of() == Plan()
    assert plan_of().left_out == LEFT_OUT


def test_what_is_asked_for_is_planned() -> None:
    """Variant, seed, left-out sources and steps."""
    found = plan_of(
        *("--variant", "permissive", "--seed", "3", "--left-out", "a,b", "--head-steps", "7")
    )
    assert (found.variant, found.seed, found.left_out) == ("permissive", 3, ("a", "b"))
    assert found.head_steps == 7


def test_a_smoke_run_has_all_stages_and_few_steps() -> None:
    """It is for looking whether everything runs."""
    found = plan_of("--smoke")
    assert found == smoke(Plan())
    assert 0 < max(found.joint_steps, found.student_steps, found.head_steps) < 50


def test_a_stage_is_known_by_what_it_depends_on() -> None:
    """More steps of the head are no other text tower."""
    one, other = plan_of(), plan_of("--head-steps", "7")
    assert one.digest("seed", "student_steps") == other.digest("seed", "student_steps")
    assert one.digest() != other.digest()


def test_absent_material_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, with the status for what cannot run."""
    given = ["--data", str(tmp_path), "--labels", str(tmp_path / "none"), "--threads", "1"]
    status = train_mini.main([*given, "--out", str(tmp_path / "out")])
    assert status == train_mini.EXIT_CANNOT_RUN
    assert "none" in capsys.readouterr().err


@pytest.mark.parametrize("count", ["0", "-1", "two"])
def test_threads_are_counted_from_one(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Anything else is refused before a stage begins."""
    with pytest.raises(SystemExit) as refused:
        train_mini.main([*GIVEN, "--threads", count])
    assert refused.value.code == train_mini.EXIT_CANNOT_RUN
    assert count in capsys.readouterr().err
