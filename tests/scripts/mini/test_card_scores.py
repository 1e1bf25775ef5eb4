"""The card's section on scores, and that the embedded card is written like it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.evaluation.scores.report import BANK, as_json, on_scores
from scripts.mini.card import FACTS_FILE, card, main
from scripts.mini.card_scores import section
from tests.scripts.evaluation.scores.colours import COLOURS, Eye, photo, read, served
from tests.scripts.mini.test_card import facts

CARD = Path(__file__).parents[3] / "config" / "models" / "mini" / "README.md"


@pytest.fixture(scope="module")
def measured() -> dict[str, object]:
    report = on_scores(Eye(), [photo(each) for each in COLOURS], read, served(), lambda it, _: it)
    return {"photos": "6", "scores": as_json(report)}


def test_figures_stand_beside_what_they_say(measured: dict[str, object]) -> None:
    """The tables, and which score is for what."""
    text = section(measured)
    assert "on 6 photos" in " ".join(text.split())
    assert "| `match` of the default bank |" in text
    assert f"| {BANK}, 0.3 |" in text
    assert "- `prob` says which label" in text


def test_the_run_keeps_them(tmp_path: Path, measured: dict[str, object]) -> None:
    """A card that is written again has them without being told."""
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / FACTS_FILE).write_text(json.dumps(facts()))
    (tmp_path / "scores.json").write_text(json.dumps(measured))
    assert main([str(tmp_path), "--scores", str(tmp_path / "scores.json")]) == 0
    first = (tmp_path / "checkpoint" / "README.md").read_text()
    assert section(measured) in first
    assert main([str(tmp_path)]) == 0
    assert (tmp_path / "checkpoint" / "README.md").read_text() == first
    assert "What its scores mean" not in card(facts())


def test_what_is_no_such_file_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the run's facts stay as they were."""
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / FACTS_FILE).write_text(json.dumps(facts()))
    (tmp_path / "scores.json").write_text("{}")
    assert main([str(tmp_path), "--scores", str(tmp_path / "scores.json")]) == 2
    assert "scores.json" in capsys.readouterr().err
    assert "scores" not in json.loads((tmp_path / FACTS_FILE).read_text())


def test_the_embedded_card_says_it_in_these_words(measured: dict[str, object]) -> None:
    """Whoever changes them writes that card again: head, columns and explanation."""
    written = CARD.read_text()
    lines = section(measured).splitlines()
    stated = [line for line in lines if line.startswith(("## ", "| score", "mAP and", "| from"))]
    assert len(stated) == 4
    assert all(line in written for line in stated)
