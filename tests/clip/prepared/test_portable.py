"""A prepared folder serves on another machine as the model itself did on its own."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from framed.errors import StartupError
from framed.settings import Settings
from runners.clip.dimension import embedding_dim
from runners.clip.locate import locate
from runners.clip.model_files import ModelFiles
from runners.clip.opening import check_openable, open_model
from runners.clip.prepared.carrying import carry
from runners.clip.prepared.checkpoint import checkpoint_checksum
from runners.clip.prepared.folder import ADMISSION, DIGESTS
from runners.clip.prepared.portable import MODEL
from tests.fakes import chosen

pytest.importorskip("runners.clip.quiet_openvino", reason="OpenVINO is not for this CPU")

CONFIG = Path(__file__).parents[3] / "config"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("portable")


@pytest.fixture(scope="module")
def mini(base: Path) -> ModelFiles:
    return locate("mini", CONFIG, base)


@pytest.fixture(scope="module")
def carried(mini: ModelFiles, base: Path) -> Path:
    """The folder that was made, and only read since."""
    folder = base / "carried"
    carry(mini, own(base / "there"), folder)
    return folder


def own(cache: Path, **values: object) -> Settings:
    return chosen(cache_dir=cache, engine_cache=cache / "engines", device="cpu", **values)


def test_it_names_the_model_as_the_original_does(mini: ModelFiles, carried: Path) -> None:
    """Name, id, aliases, note, sizes; the checksum of its checkpoint; and its card lies by it."""
    found = locate(str(carried), CONFIG, carried)
    told = ("name", "model_id", "aliases", "note", "sizes", "embedded")
    assert [getattr(found, each) for each in told] == [getattr(mini, each) for each in told]
    assert checkpoint_checksum(found, carried) == checkpoint_checksum(mini, carried.parent)
    assert embedding_dim(found) == embedding_dim(mini) == 256
    assert (carried / "README.md").read_text() == (mini.folder / "README.md").read_text()


def test_it_answers_as_the_original_does(mini: ModelFiles, carried: Path, base: Path) -> None:
    """The same revision, so that banks have the same checksums, and the same vectors; what this
    machine finds out about its engines goes into its own cache, the folder may be read-only."""
    before = sorted(carried.iterdir())
    here = open_model(locate(str(carried), CONFIG, base), own(base / "here"))
    there = open_model(mini, own(base / "there"))
    assert (here.facts, here.engine.precision) == (there.facts, there.engine.precision)
    photos = np.random.default_rng(3).integers(0, 256, (2, 224, 224, 3), np.uint8)
    assert np.array_equal(here.engine.encode_images(photos), there.engine.encode_images(photos))
    words = ["a photo of a cat"]
    assert np.array_equal(here.engine.encode_texts(words), there.engine.encode_texts(words))
    assert sorted(carried.iterdir()) == before
    assert len(list((base / "here").rglob(ADMISSION))) == 1


def test_it_takes_a_presets_place(carried: Path, tmp_path: Path) -> None:
    """Copied into the cache folder under its id's folder name it is found by its name."""
    place = tmp_path / "models" / "openai-b32"
    shutil.copytree(carried, place)
    record = json.loads((place / MODEL).read_text())
    with pytest.raises(StartupError, match="holds framed/mini, not timm/vit_base"):
        locate("openai-b32", CONFIG, tmp_path)
    record |= {"name": "openai-b32", "model_id": "timm/vit_base_patch32_clip_224.openai"}
    (place / MODEL).write_text(json.dumps(record))
    assert locate("ViT-B/32", CONFIG, tmp_path).folder == place


def test_it_is_for_onnx_runtime_where_that_was_asked_for(
    mini: ModelFiles, carried: Path, base: Path
) -> None:
    """And says how to get it where it was not."""
    pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    carry(mini, own(base / "there"), base / "both", onnx=True)
    files = locate(str(base / "both"), CONFIG, base)
    assert open_model(files, own(base / "here", engine="onnx")).engine.name == "onnx"
    with pytest.raises(StartupError, match="prepare it again with --onnx"):
        open_model(locate(str(carried), CONFIG, base), own(base / "here", engine="onnx"))


def test_pytorch_cannot_serve_it(carried: Path, base: Path) -> None:
    """It would need the checkpoint's own files."""
    with pytest.raises(StartupError, match=r"this folder is prepared"):
        open_model(locate(str(carried), CONFIG, base), own(base / "here", engine="torch"))


@pytest.fixture
def spoilt(carried: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "spoilt"
    shutil.copytree(carried, folder)
    return folder


@pytest.mark.parametrize(
    ("part", "text", "reason"),
    [
        ("image.bin", None, "image.bin is missing"),
        (DIGESTS, None, f"{DIGESTS} is missing or damaged"),
        (DIGESTS, "[]", f"{DIGESTS} is missing or damaged"),
        (DIGESTS, '{"version": 0, "files": {}}', "it is of version 0"),
        (DIGESTS, '{"version": 1, "files": {"../planted.txt": ""}}', "no name of a file in the"),
        (MODEL, "{", f"{MODEL} is damaged"),
        (MODEL, "[]", f"{MODEL} is damaged"),
        (MODEL, '{"format": "framed prepared model 2", "version": 1}', "another version of Framed"),
    ],
)
def test_a_broken_folder_is_refused_at_once(
    spoilt: Path, part: str, text: str | None, reason: str
) -> None:
    """Before a server begins, with what to do."""
    if text is None:
        (spoilt / part).unlink()
    else:
        (spoilt / part).write_text(text)
    with pytest.raises(StartupError, match=f"{reason}.*prepare it again"):
        locate(str(spoilt), CONFIG, spoilt)


def test_pytorch_is_refused_before_a_server_begins(carried: Path, base: Path) -> None:
    """Whether PyTorch is there or not."""
    with pytest.raises(StartupError, match=r"this folder is prepared"):
        check_openable(locate(str(carried), CONFIG, base), own(base / "here", engine="torch"))


def test_damage_is_noticed_when_it_loads(spoilt: Path, base: Path) -> None:
    """One bit; nothing is served from it, and nothing made in its place."""
    data = bytearray((spoilt / "text.bin").read_bytes())
    data[1000] ^= 1
    (spoilt / "text.bin").write_bytes(data)
    files = locate(str(spoilt), CONFIG, base)
    with pytest.raises(StartupError, match=r"text\.bin is damaged; copy it again"):
        open_model(files, own(base / "here"))
    assert (spoilt / MODEL).is_file()


def test_a_folder_with_something_in_it_is_left_alone(
    mini: ModelFiles, carried: Path, base: Path
) -> None:
    """Nobody's files are overwritten."""
    with pytest.raises(StartupError, match="is not empty"):
        carry(mini, own(base / "there"), carried)


def test_a_prepared_folder_can_be_prepared_again(carried: Path, base: Path) -> None:
    """It is copied, under the same names."""
    again = locate(str(carried), CONFIG, base)
    carry(again, own(base / "here"), base / "again")
    found = locate(str(base / "again"), CONFIG, base)
    assert found == replace(again, folder=found.folder, weights=found.weights)
