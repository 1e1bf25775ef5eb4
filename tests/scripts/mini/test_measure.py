"""The finished checkpoint is measured on the photos that are at hand, by the tool for any model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.mini.labels import Words
from scripts.mini.measure import file_name, measured
from scripts.mini.sources import Sources

REPO = Path(__file__).parents[3]
MINI = REPO / "config" / "models" / "mini"
LABELS = ("animal", "food", "ocean")
SHOWN = {"cat.jpg": ("animal", "cat"), "coffee.jpg": ("food", "cup"), "gone.jpg": ("ocean", "pier")}


@pytest.fixture
def judge(tmp_path: Path) -> Path:
    folder = tmp_path / "judge"
    (folder / "photos").mkdir(parents=True)
    for name in ("cat.jpg", "coffee.jpg"):
        (folder / "photos" / name).symlink_to(REPO / "docs" / "samples" / name)
    return folder


def lists(folder: Path) -> tuple[tuple[Path, Path], list[dict[str, Any]]]:
    entries = [{"source": "photos", "path": name} for name in SHOWN]
    labelled, named = folder / "labelled.jsonl", folder / "named.jsonl"
    rows = [(file_name(it), *SHOWN[it["path"]]) for it in entries]
    labelled.write_text(
        "".join(json.dumps({"photo": p, "labels": [label]}) + "\n" for p, label, _ in rows)
    )
    named.write_text("".join(json.dumps({"photo": p, "word": word}) + "\n" for p, _, word in rows))
    return (labelled, named), entries


def words() -> Words:
    nothing: tuple[Any, ...] = ()
    return Words(LABELS, ("a photo of {}",), nothing, nothing, {}, {}, {}, *([nothing] * 4))


def test_photos_at_hand_are_measured(
    judge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of three are there: the figures are theirs, labels and nouns alike."""
    monkeypatch.setenv("FRAMED_ENGINE", "torch")
    files, entries = lists(tmp_path)
    sources = Sources(data=(), labels=tmp_path, judge=judge)
    report = measured(MINI, files, entries, sources, words())
    assert report.value("first label acceptable") in (0.0, 0.5, 1.0)
    assert set(report.parts["words"]) == {"cat", "cup"}


def test_without_photos_there_are_no_figures(tmp_path: Path) -> None:
    """Stored features alone are no photos that a finished checkpoint could look at."""
    files, entries = lists(tmp_path)
    report = measured(MINI, files, entries, Sources(data=(), labels=tmp_path), words())
    assert report.figures == []
