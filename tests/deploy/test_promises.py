"""The list of promises names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIST = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)`", LIST)))


@pytest.mark.parametrize("name", TESTS)
def test_it_is_there(name: str) -> None:
    """And states promises."""
    assert "\ndef test_" in (ROOT / name).read_text(encoding="utf-8")


def test_every_promise_has_one() -> None:
    """Or says by which program it is measured."""
    parts = [part.splitlines() for part in LIST.split("\n\n")]
    tables = [lines for lines in parts if "promise |" in lines[0]]
    rows = [line for _, _, *lines in tables for line in lines]
    assert len(rows) > 30
    assert [row for row in rows if "`tests/" not in row and "`make " not in row] == []
