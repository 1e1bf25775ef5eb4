"""evaluate: what it prints and writes, and how it says that it cannot run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts import evaluate
from scripts.evaluation.scores.beside import BANK, OFFSETS

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "docs" / "samples"
LINES = (
    {"photo": "cat.jpg", "labels": ["animal", "close-up", "indoor"], "core": ["animal"],
     "group": "animal"},
    {"photo": "coffee.jpg", "labels": ["food", "close-up", "indoor", "macro"], "core": ["food"],
     "group": "food"},
    {"photo": "pier_sunset.jpg", "labels": ["sunset", "ocean", "sky", "outdoor", "water"],
     "core": ["sunset", "ocean"], "group": "sea"},
)  # fmt: skip


def written(folder: Path, *lines: dict[str, object]) -> Path:
    file = folder / "list.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def test_the_embedded_model_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures in the table and in the JSON, and a picture, on the photos that come with Framed."""
    monkeypatch.setenv("FRAMED_ENGINE", "auto")
    words = tmp_path / "words.jsonl"
    words.write_text('{"photo": "cat.jpg", "word": "cat"}\n{"photo": "coffee.jpg", "word": "cup"}')
    status = evaluate.main(
        [
            *("mini", "--list", str(written(tmp_path, *LINES)), "--photos", str(SAMPLES)),
            *("--words", str(words), "--word-photos", str(SAMPLES)),
            *("--out", str(tmp_path / "out" / "figures.json")),
            *("--picture", str(tmp_path / "reliability.png")),
        ]
    )
    assert status == evaluate.EXIT_OK
    assert "core label in first 5" in capsys.readouterr().out
    found = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert found["figures"]["3 groups, macro"]["value"] > found["figures"]["3 groups, macro"][
        "constant"
    ]  # fmt: skip
    assert set(found["parts"]["words"]) == {"cat", "cup"}
    assert len(found["parts"]["attributes"]) == 4
    assert (tmp_path / "reliability.png").read_bytes().startswith(b"\x89PNG")


def test_scores_of_the_embedded_model_are_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a server answers them, the default bank calibrated from the reference photos; tables,
    JSON and a picture."""
    monkeypatch.setenv("FRAMED_ENGINE", "auto")
    monkeypatch.setenv("FRAMED_CACHE_DIR", str(tmp_path / "cache"))
    status = evaluate.main(
        [
            *("mini", "--list", str(written(tmp_path, *LINES)), "--photos", str(SAMPLES)),
            *("--scores", "--markdown", "--out", str(tmp_path / "scores.json")),
            *("--picture", str(tmp_path / "reliability.png")),
        ]
    )
    assert status == evaluate.EXIT_OK
    assert "| match of the bank |" in capsys.readouterr().out
    found = json.loads((tmp_path / "scores.json").read_text())
    assert found["calibration"].startswith("44 photos (shipped)")
    rows = found["scores"]["tables"]["scores"]
    assert rows["match of the bank"]["micro AP"] > 0.5
    assert rows["match of own labels"]["first right"] > 0.5
    beside = found["scores"]["tables"]["all scores, of vectors alone"]
    assert beside[BANK] != beside[OFFSETS]
    assert (tmp_path / "reliability.png").read_bytes().startswith(b"\x89PNG")


def test_an_unknown_model_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, with the status for what cannot run."""
    listed = str(written(tmp_path, LINES[0]))
    assert evaluate.main(["minni", "--list", listed]) == evaluate.EXIT_CANNOT_RUN
    assert "minni" in capsys.readouterr().err


def test_a_label_that_the_bank_has_not_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before any model is opened."""
    listed = str(written(tmp_path, {"photo": "cat.jpg", "labels": ["kitten"]}))
    assert evaluate.main(["mini", "--list", listed]) == evaluate.EXIT_CANNOT_RUN
    assert "kitten" in capsys.readouterr().err


def test_something_must_be_evaluated_on() -> None:
    """Neither a list nor words is a fault of the command line."""
    with pytest.raises(SystemExit):
        evaluate.main(["mini"])
    with pytest.raises(SystemExit):
        evaluate.main(["mini", "--scores", "--words", "words.jsonl"])


def test_scores_need_a_photo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty list is said before any model is opened."""
    listed = ["--list", str(written(tmp_path))]
    assert evaluate.main(["mini", "--scores", *listed]) == evaluate.EXIT_CANNOT_RUN
    assert "names no photo" in capsys.readouterr().err
