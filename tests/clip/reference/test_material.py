"""What ships to hold labels against: whole, judged, and each photo with its licence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from framed.scores.match import SHARE
from runners.clip.banks.source import read_bank
from runners.clip.reference.material import read_material

CONFIG = Path(__file__).parents[3] / "config"


def test_the_reference_that_ships() -> None:
    """208 words, once each, and 44 photos judged on the default bank's labels."""
    material = read_material(CONFIG)
    assert len(set(material.words)) == len(material.words) == 208
    assert (len(material.true_of), len(material.labels)) == (44, 49)
    bank = read_bank("default", CONFIG)
    assert {*bank.labels} - bank.structure.apart - {*material.labels} == {"photography"}
    assert all(true <= set(material.labels) for true in material.true_of.values())


def test_the_usual_share_is_that_of_the_reference() -> None:
    """What a match expects of a label where nobody says how often it applies."""
    assert read_material(CONFIG).truth.mean() == pytest.approx(SHARE, abs=5e-4)


def test_each_photo_has_its_licence() -> None:
    """By name in the table beside them, and no photo lies there unnamed."""
    folder = CONFIG / "reference"
    rows = [row for row in (folder / "LICENSES.md").read_text().splitlines() if row[:2] == "| "]
    named = " ".join(row.split("|")[1] for row in rows)
    photos = {file.name for file in (folder / "photos").iterdir()}
    assert photos == set(read_material(CONFIG).true_of)
    assert [name for name in photos if Path(name).stem not in named] == []


def test_a_configuration_without_a_reference_has_framed_s_own(tmp_path: Path) -> None:
    """An operator's folder holds labels, and need not hold photos."""
    assert read_material(tmp_path) == read_material(CONFIG)


def test_the_version_changes_with_photos_words_and_judgements(tmp_path: Path) -> None:
    """Whatever was learnt from another reference does not hold for this one."""
    shutil.copytree(CONFIG / "reference", tmp_path / "reference")
    first = read_material(tmp_path).version
    assert first == read_material(CONFIG).version
    record = tmp_path / "reference" / "reference.json"
    record.write_text(record.read_text().replace('"dog"', '"hound"'))
    second = read_material(tmp_path).version
    photo = tmp_path / "reference" / "photos" / "cat.jpg"
    photo.write_bytes((tmp_path / "reference" / "photos" / "fig.jpg").read_bytes())
    assert len({first, second, read_material(tmp_path).version}) == 3
