"""A transformers folder is found, named and checked before anything heavy is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from framed.errors import StartupError
from runners.clip.model_files import TRANSFORMERS
from runners.clip.models import locate
from runners.clip.prepared import checkpoint
from runners.clip.prepared.build import files_as_json, files_from_json
from runners.clip.prepared.checkpoint import checkpoint_checksum
from runners.clip.transformers_folder.records import RECORDS_VERSION
from tests.clip.transformers_folder.written import PREPROCESS, RECORD, write_folder, write_json

REPO = Path(__file__).parents[3]
CONFIG = REPO / "config"
INDEX = "model.safetensors.index.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "models" / "clip-vit-l")


def shard(folder: Path, names: Any) -> None:
    """Weights in several files in place of the one."""
    (folder / "model.safetensors").unlink()
    write_json(folder / INDEX, {"metadata": {}, "weight_map": names})


@pytest.mark.parametrize("form", ["{}", "local-dir:{}"])
def test_it_is_a_model(form: str, folder: Path, tmp_path: Path) -> None:
    """With and without the prefix, named after the folder, at its own size only."""
    files = locate(form.format(folder), CONFIG, tmp_path)
    assert (files.name, files.model_id, files.form) == ("clip-vit-l", "clip-vit-l", TRANSFORMERS)
    assert (files.weights, files.shards) == (folder / "model.safetensors", ())
    assert files.sizes == (64,)


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("clip-vit-large-patch14/", "clip-vit-large-patch14"),
        ("openai/clip-vit-large-patch14", "clip-vit-large-patch14"),
        ("/home/somebody/runs/clip-tuned", "clip-tuned"),
        (r"C:\models\clip-tuned", "clip-tuned"),
        ("/cache/snapshots/" + "0f" * 20, "clip-vit-l"),
        ("./", "clip-vit-l"),
        ("..", "clip-vit-l"),
        ("", "clip-vit-l"),
        (None, "clip-vit-l"),
    ],
)
def test_answers_carry_the_name_it_was_known_by(
    origin: str | None, name: str, folder: Path, tmp_path: Path
) -> None:
    """The last part of where it came from, never the path; else the folder's name."""
    write_json(folder / "config.json", {**RECORD, "_name_or_path": origin})
    files = locate(str(folder), CONFIG, tmp_path)
    assert (files.name, files.model_id) == ("clip-vit-l", name)


def test_open_clips_record_comes_first(folder: Path, tmp_path: Path) -> None:
    """A folder that holds both forms is read as open_clip's, as it always was."""
    (folder / "open_clip_config.json").write_text("{}")
    with pytest.raises(StartupError, match=r"open_clip_config\.json has no `model_cfg`"):
        locate(str(folder), CONFIG, tmp_path)


def test_several_files_of_weights_are_found(folder: Path, tmp_path: Path) -> None:
    """All that the index names, each once."""
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    shard(folder, {"a": names[1], "b": names[0], "c": names[1]})
    for name in names:
        (folder / name).write_bytes(b"weights")
    files = locate(str(folder), CONFIG, tmp_path)
    assert files.weights == folder / INDEX
    assert files.weight_files == tuple(folder / name for name in names)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ({"a": "model-00001-of-00002.safetensors"}, "lacks model-00001-of-00002"),
        ({"a": "../elsewhere.safetensors"}, "no safetensors file here"),
        ({"a": "/etc/passwd"}, "no safetensors file here"),
        ({"a": "pytorch_model-00001.bin"}, "no safetensors file here"),
        ({}, "weight_map"),
        ([], "weight_map"),
    ],
)
def test_a_wrong_index_is_refused(names: Any, reason: str, folder: Path, tmp_path: Path) -> None:
    """Parts that are absent, elsewhere or of another kind are named."""
    shard(folder, names)
    with pytest.raises(StartupError, match=reason):
        locate(str(folder), CONFIG, tmp_path)


def test_pickled_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    """Weights that could run code are not opened; the message says how to convert them."""
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(StartupError, match=r"pytorch_model\.bin.*can run code.*save_pretrained"):
        locate(str(folder), CONFIG, tmp_path)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("model.safetensors", r"model\.safetensors is missing"),
        ("preprocessor_config.json", r"no preprocessor_config\.json"),
        ("vocab.json", "no tokenizer"),
    ],
)
def test_missing_files_are_named(name: str, reason: str, folder: Path, tmp_path: Path) -> None:
    """Whatever is absent, it is said at start-up, before anything is loaded."""
    (folder / name).unlink()
    with pytest.raises(StartupError, match=reason):
        locate(str(folder), CONFIG, tmp_path)


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "vocab.json"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [("{\n oops", ", line 2"), ("[]", "no JSON object"), (b"\xff\xfe", "UTF-8")],
)
def test_broken_files_are_named(
    name: str, content: str | bytes, reason: str, folder: Path, tmp_path: Path
) -> None:
    """With the line, where there is one."""
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(StartupError, match=rf"{name.replace('.', '[.]')}.*{reason}"):
        locate(str(folder), CONFIG, tmp_path)


def test_other_kinds_of_models_are_refused(folder: Path, tmp_path: Path) -> None:
    """A folder of another family says which one it is."""
    write_json(folder / "config.json", {"model_type": "siglip"})
    with pytest.raises(StartupError, match=r'model_type = "siglip".*only "clip"'):
        locate(str(folder), CONFIG, tmp_path)


def test_looking_up_imports_nothing_heavy(folder: Path) -> None:
    """Every process may do it: neither torch nor transformers is imported."""
    code = (
        "import sys; from pathlib import Path; from runners.clip.models import locate;"
        f"locate({str(folder)!r}, Path({str(CONFIG)!r}), Path('none'));"
        "assert not {'torch', 'open_clip', 'transformers', 'PIL'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=REPO, check=True)


def test_files_cross_to_the_export(folder: Path, tmp_path: Path) -> None:
    """As JSON and back, with all parts of the weights."""
    name = "model-00001-of-00001.safetensors"
    (folder / name).write_bytes(b"weights")
    shard(folder, {"a": name})
    files = locate(str(folder), CONFIG, tmp_path)
    assert files_from_json(files_as_json(files)) == files


def test_whatever_decides_the_numbers_is_in_the_checksum(folder: Path, tmp_path: Path) -> None:
    """Records and every part of the weights: a prepared folder of others is not served."""
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    shard(folder, {"a": names[0], "b": names[1]})
    for name in names:
        (folder / name).write_bytes(b"weights")

    def checksum() -> str:
        return checkpoint_checksum(locate(str(folder), CONFIG, tmp_path), tmp_path)

    seen = [checksum(), checksum()]
    assert seen[0] == seen[1]
    (folder / names[1]).write_bytes(b"other weights")
    seen.append(checksum())
    write_json(folder / "config.json", {**RECORD, "projection_dim": 32})
    seen.append(checksum())
    write_json(folder / "preprocessor_config.json", {**PREPROCESS, "resample": 2})
    seen.append(checksum())
    nested = {"image_processor": {**PREPROCESS, "image_mean": 0.5}}
    write_json(folder / "processor_config.json", nested)
    seen.append(checksum())
    assert len(set(seen)) == len(seen) - 1


def test_another_reading_of_the_records_is_another_checkpoint(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was prepared when the same words meant another crop is made anew."""
    files = locate(str(folder), CONFIG, tmp_path)
    before = checkpoint_checksum(files, tmp_path)
    monkeypatch.setattr(checkpoint, "RECORDS_VERSION", RECORDS_VERSION + 1)
    assert checkpoint_checksum(files, tmp_path) != before
