"""The prepared form that comes with the embedded checkpoint: its own, whole, and never stale."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from runners.clip.locate import locate
from runners.clip.model_files import ModelFiles, model_in_folder
from runners.clip.prepared.build import prepare
from runners.clip.prepared.checkpoint import content_checksum
from runners.clip.prepared.folder import FACTS, VERSION, Prepared
from runners.clip.prepared.onnx_parts import IMAGE, TEXT, add_onnx
from runners.clip.prepared.shipped import (
    FOLDER,
    LITERALS,
    RECIPE,
    assemble,
    read_recipe,
    ships,
)

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "config"
MOST_BYTES = 24_000_000
ALONE = """
import sys
sys.modules |= dict.fromkeys(("torch", "open_clip", "skimage", "timm", "piq"))  # cannot be imported
from pathlib import Path
from runners.clip.locate import locate
from runners.clip.prepared.build import prepare
from runners.clip.prepared.onnx_parts import add_onnx
cache = Path(sys.argv[1])
files = locate("mini", Path("config"), cache)
prepared = prepare(files, cache, int8=True)
print(prepared.facts.revision, len(prepared.reference.photos), add_onnx(prepared, files).name)
"""


@pytest.fixture
def mini(tmp_path: Path) -> ModelFiles:
    """The embedded checkpoint, as it ships."""
    return locate("mini", CONFIG, tmp_path)


@pytest.fixture
def copy(mini: ModelFiles, tmp_path: Path) -> ModelFiles:
    """The same in a folder that a test may spoil."""
    folder = tmp_path / "copy"
    shutil.copytree(mini.folder, folder)
    return replace(mini, folder=folder, weights=folder / mini.weights.name)


def into(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return folder


def test_it_belongs_to_the_shipped_weights_and_this_export(
    mini: ModelFiles, tmp_path: Path
) -> None:
    """Where this fails, `python -m scripts.ship_prepared` makes it anew."""
    recipe = read_recipe(mini.folder / FOLDER)
    assert recipe.version == VERSION
    assert recipe.content == content_checksum(mini, tmp_path)
    assert ships(mini, tmp_path)


def test_it_is_small(mini: ModelFiles) -> None:
    """The weights are not kept twice."""
    size = sum(file.stat().st_size for file in (mini.folder / FOLDER).iterdir())
    assert size <= MOST_BYTES


def test_it_is_assembled_without_torch(tmp_path: Path) -> None:
    """For OpenVINO, int8 asked for or not, and for ONNX Runtime; with the rows that judge engines.
    Every file is, bit for bit, what was exported: its digest is looked at."""
    run = subprocess.run(
        [sys.executable, "-c", ALONE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["9ba12810f6d32171", "24", "onnx"]


def test_a_copy_elsewhere_is_prepared_by_it(copy: ModelFiles, tmp_path: Path) -> None:
    """Under another name, where no preset says which sizes are allowed."""
    files = model_in_folder(copy.folder, name="mine", model_id="mine")
    made = into(tmp_path)
    assert assemble(files, tmp_path, made)
    assert json.loads((made / FACTS).read_text())["model"]["sizes"] is None


def test_it_is_not_used_for_other_weights(
    copy: ModelFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One bit of them, or another configuration."""
    data = bytearray(copy.weights.read_bytes())
    data[-1] ^= 1
    copy.weights.write_bytes(data)
    with caplog.at_level(logging.WARNING):
        assert not assemble(copy, tmp_path, into(tmp_path))
    assert "it was made of other weights" in caplog.text
    assert not ships(copy, tmp_path)


def test_it_is_not_used_by_another_export(copy: ModelFiles, tmp_path: Path) -> None:
    """What the version of the prepared folder says."""
    recipe = copy.folder / FOLDER / RECIPE
    recipe.write_text(recipe.read_text().replace('"version": ', '"version": 9', 1))
    assert not assemble(copy, tmp_path, into(tmp_path))


@pytest.mark.parametrize("part", [RECIPE, LITERALS])
def test_damage_leaves_nothing_behind(copy: ModelFiles, tmp_path: Path, part: str) -> None:
    """A file that is cut short, or does not come out as it was exported."""
    file = copy.folder / FOLDER / part
    data = file.read_bytes()
    made = into(tmp_path)
    file.write_bytes(data[: len(data) // 2])
    assert not assemble(copy, tmp_path, made)
    file.write_bytes(data.replace(b'"sha256": "2', b'"sha256": "3') if part == RECIPE else b"")
    assert not assemble(copy, tmp_path, made)
    assert list(made.iterdir()) == []


@pytest.mark.soak
def test_it_is_what_an_export_makes_today(mini: ModelFiles, tmp_path: Path) -> None:
    """File by file, bit for bit."""
    from scripts.ship_prepared import export

    fresh = {name: file.read_bytes() for name, file in export(mini, tmp_path).items()}
    made = prepare(mini, tmp_path / "made", int8=True)
    assert isinstance(made, Prepared)
    parts = add_onnx(made, mini)
    assert isinstance(parts, Path)
    for name, data in fresh.items():
        assert (made.folder / name).read_bytes() == data, name
    assert {f"onnx/{IMAGE}", f"onnx/{TEXT}"} <= set(fresh)
