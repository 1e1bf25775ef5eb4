"""A labelled list of photos from elsewhere becomes the rows of a jury."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from framed.calibrating.listing import ListError
from scripts.mini import elsewhere
from scripts.mini.elsewhere import read_elsewhere
from scripts.mini.judge import jury_of
from scripts.mini.labels import FLAT
from scripts.mini.material import Rows, view_rows
from scripts.mini.trunk import NAME, WIDTH
from scripts.mini.workplace import Workplace

LABELS = (FLAT, "ocean", "people", "outdoor")
LINES = (
    {"photo": "sea.jpg", "labels": ["ocean", "outdoor"], "core": ["ocean"], "group": "sea",
     "unknown": ["people", FLAT]},
    {"photo": "absent.jpg", "labels": ["people"]},
    {"photo": "man.jpg", "labels": ["people"], "core": ["people"], "group": None},
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name, colour in (("sea.jpg", "navy"), ("man.jpg", "peru")):
        Image.new("RGB", (300, 200), colour).save(photos / name)
    (tmp_path / "list.jsonl").write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return tmp_path


def rows_of(folder: Path, place: Path) -> Rows:
    import timm

    state = timm.create_model(NAME, pretrained=False).state_dict()
    return read_elsewhere(folder, LABELS, Workplace(place), state)


def test_what_is_said_of_a_photo_arrives(folder: Path, tmp_path: Path) -> None:
    """True, false and unknown labels, the one it is of, and its group; absent photos are left
    out."""
    rows = rows_of(folder, tmp_path / "run")
    assert rows.features.shape == (2, WIDTH)
    none = view_rows(np.zeros((0, WIDTH), np.float32), (), (), LABELS)
    jury = jury_of(rows, LABELS, (), (), none)
    assert jury.groups == ("sea", None)
    assert jury.truth.acceptable.tolist() == [[False, True, False, True], [False, False, True, 0]]
    assert jury.truth.core.tolist() == [[False, True, False, False], [False, False, True, False]]
    assert jury.truth.judged.tolist() == [[False, True, False, True], [False, True, True, True]]


def test_photos_are_looked_at_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that goes on has their features already."""
    first = rows_of(folder, tmp_path / "run")
    monkeypatch.setattr(elsewhere, "seen", None)
    again = rows_of(folder, tmp_path / "run")
    np.testing.assert_array_equal(first.features, again.features)


def test_a_photo_that_comes_later_is_noticed(folder: Path, tmp_path: Path) -> None:
    """A folder that was gathered in two goes is not judged by the first of them."""
    assert len(rows_of(folder, tmp_path / "run")) == 2
    Image.new("RGB", (200, 200), "green").save(folder / "photos" / "absent.jpg")
    assert len(rows_of(folder, tmp_path / "run")) == 3


def test_a_strange_label_is_refused(folder: Path, tmp_path: Path) -> None:
    """A list of another bank would judge by what nobody asked."""
    (folder / "list.jsonl").write_text('{"photo": "sea.jpg", "labels": ["submarine"]}\n')
    with pytest.raises(ListError, match="submarine"):
        rows_of(folder, tmp_path / "run")
