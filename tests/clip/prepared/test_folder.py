"""A prepared folder is whole, or it is not there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from runners.clip.model_facts import ModelFacts, PreprocessFacts, facts_as_json, facts_from_json
from runners.clip.prepared import folder as prepared_folder
from runners.clip.prepared.folder import DIGESTS, FACTS, POSITIONS, open_prepared, seal

FACTS_OF_MODEL = ModelFacts(
    preprocess=PreprocessFacts((0.5, 0.4, 0.3), (0.2, 0.2, 0.3), "bicubic", "squash", (1, 2, 3)),
    native_size=224,
    context_length=77,
    embedding_dim=8,
    logit_scale=100.0,
    revision="r",
    sizes=(224, 336),
)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A sealed folder with facts, tables and a part of its own."""
    made = tmp_path / "prepared"
    made.mkdir()
    facts = {"model": facts_as_json(FACTS_OF_MODEL), "sizes": [224, 336], "default_size": 336}
    (made / FACTS).write_text(json.dumps(facts))
    np.savez(made / POSITIONS, **{"224": np.ones((3, 2), np.float32)})
    (made / "image.bin").write_bytes(bytes(range(256)) * 40)
    write_the_rest(made)
    seal(made)
    return made


def write_the_rest(made: Path) -> None:
    """Parts that a whole folder has, of no meaning here."""
    for name in sorted(prepared_folder._NEEDED):
        if not (made / name).exists():
            (made / name).write_text(name)


def test_a_list_that_names_nothing_is_no_seal(whole: Path) -> None:
    """Every part must be sealed, and the list must be one."""
    for files in ({}, [], {"facts.json": "x"}):
        (whole / DIGESTS).write_text(json.dumps({"version": 1, "files": files}))
        assert open_prepared(whole) is None


def test_facts_survive_json() -> None:
    """All of them, types included, with and without sizes."""
    for facts in (FACTS_OF_MODEL, ModelFacts(**{**vars(FACTS_OF_MODEL), "sizes": None})):
        assert facts_from_json(json.loads(json.dumps(facts_as_json(facts)))) == facts


def test_a_whole_folder_is_opened(whole: Path) -> None:
    """With the model's facts and its positional tables."""
    prepared = open_prepared(whole)
    assert prepared is not None
    assert prepared.facts == FACTS_OF_MODEL
    assert (prepared.sizes, prepared.default_size) == ((224, 336), 336)
    assert list(prepared.positions) == [224]
    assert prepared.has("image.bin")
    assert not prepared.has("image_int8.xml")


def flip_a_bit(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def make_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES = {"bit": flip_a_bit, "cut": cut, "gone": Path.unlink, "folder": make_folder}


@pytest.mark.parametrize("name", [FACTS, POSITIONS, "image.bin", DIGESTS])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_any_damage_is_noticed(
    whole: Path, name: str, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever happened to whichever file: the folder is not used, and the log says so."""
    damage(whole / name)
    if name == DIGESTS and damage is flip_a_bit and json_is_the_same(whole):
        return
    assert open_prepared(whole) is None
    assert "is made anew" in caplog.text


def json_is_the_same(folder: Path) -> bool:
    """A bit in the blanks of the list of digests changes nothing."""
    try:
        sealed = json.loads((folder / DIGESTS).read_text())
    except ValueError:
        return False
    return all(
        prepared_folder._digest(folder / name) == digest for name, digest in sealed["files"].items()
    )


def test_another_version_is_made_anew(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an older Framed wrote may mean something else."""
    monkeypatch.setattr(prepared_folder, "VERSION", prepared_folder.VERSION + 1)
    assert open_prepared(whole) is None


def test_no_folder_is_no_matter(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The first start says nothing of damage."""
    assert open_prepared(tmp_path / "absent") is None
    assert not caplog.records


def test_what_is_added_later_does_no_harm(whole: Path) -> None:
    """Verdicts and further parts appear beside the sealed files."""
    (whole / "admission.json").write_text("{}")
    shutil.copytree(whole, whole / "onnx")
    assert open_prepared(whole) is not None
