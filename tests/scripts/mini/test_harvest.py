"""Lists of further photos: what is wrong with a line is said with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.mini.harvest import main, read_entries

GOOD = {"path": "a.jpg", "source": "mine", "pos": {"ocean": 1.0}}


def test_lines_are_read_and_empty_ones_skipped(tmp_path: Path) -> None:
    """A photo a line."""
    listed = tmp_path / "list.jsonl"
    listed.write_text(json.dumps(GOOD) + "\n\n" + json.dumps(GOOD) + "\n")
    assert read_entries(listed) == [GOOD, GOOD]


@pytest.mark.parametrize("line", ["{bad", '"a.jpg"', '{"path": "a.jpg", "pos": {}}'])
def test_a_bad_line_is_named(tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, with the status for what cannot run, and nothing is written."""
    listed = tmp_path / "list.jsonl"
    listed.write_text(json.dumps(GOOD) + "\n" + line + "\n")
    trunk = tmp_path / "trunk.pth"
    trunk.touch()
    given = [str(listed), "--photos", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main([*given, "--trunk", str(trunk)]) == 2
    assert f"{listed}:2" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
