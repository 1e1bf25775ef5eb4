"""The table: every server a column, and how many times as good ours is in brackets."""

from __future__ import annotations

import pytest

from scripts.peers.table import END, MEMORY, PHOTOS, START, least_ratio, replaced, section, table
from tests.scripts.peers.made import SAMPLE, figures, peer

PEERS = (peer("ours"), peer("other"), peer("third"))
MEASURED = {
    "ours": figures(photos_s=30.0, memory_mb=500.0),
    "other": figures(photos_s=20.0, memory_mb=1250.0, failed=7),
}


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_ratio_says_how_many_times_as_good_ours_is() -> None:
    """More photos and less memory are both above 1."""
    assert PHOTOS.ratio(MEASURED["ours"], MEASURED["other"]) == 1.5
    assert MEMORY.ratio(MEASURED["ours"], MEASURED["other"]) == 2.5


def test_the_best_of_the_others_counts() -> None:
    """A slow third one does not make ours better."""
    three = {**MEASURED, "third": figures(photos_s=2.0, memory_mb=5000.0)}
    assert least_ratio(PHOTOS, three, "ours") == pytest.approx(1.5)
    assert least_ratio(MEMORY, three, "ours") == pytest.approx(2.5)


def test_a_column_a_server_that_was_measured() -> None:
    """The third one was not; ours has no ratio to itself."""
    lines = table(PEERS, MEASURED, "ours").splitlines()
    assert cells(lines[0])[1:] == ["Ours", "Other"]
    assert {len(cells(line)) for line in lines} == {3}
    found = {cells(line)[0]: cells(line)[1:] for line in lines[2:]}
    assert found["photos/s, 16 clients"] == ["30.0", "20.0 (1.50)"]
    assert found["memory, MB"] == ["500", "1,250 (2.50)"]
    assert found["others' requests that fail beside a truncated photo"] == ["0 of 100", "7 of 100"]
    assert found["how the truncated photo is answered"] == ["400 Bad Request"] * 2


def test_without_ours_there_are_no_ratios() -> None:
    """As with `--only` of another."""
    assert "(" not in table(PEERS, {"other": MEASURED["other"]}, "ours")


def test_the_section_names_machine_and_settings() -> None:
    """Between two marks, so that a later run can take its place; of the measured ones only."""
    text = section(PEERS, MEASURED, "ours", "A fast one; 2 core(s)")
    assert text.startswith(START)
    assert text.endswith(END)
    assert "Machine: A fast one; 2 core(s)." in text
    assert "- **Other**: other as it comes." in text
    assert "Third" not in text


def test_a_section_takes_the_place_of_the_last() -> None:
    """What stands around it stays; without its two marks nothing is guessed."""
    assert replaced(f"before\n{START}\nold\n{END}\nafter\n", "new") == "before\nnew\nafter\n"
    for other in ("nothing", f"{END}\n{START}", f"{START}{END}{START}{END}"):
        with pytest.raises(ValueError, match="no one place"):
            replaced(other, "new")


def test_the_documentation_has_its_place() -> None:
    """`--document docs/performance.md` finds it."""
    text = (SAMPLE.parents[1] / "performance.md").read_text(encoding="utf-8")
    assert START in replaced(text, f"{START} new {END}")
