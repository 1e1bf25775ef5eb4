"""How long embeddings are, read off a model's record."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from runners.clip.dimension import embedding_dim
from runners.clip.models import ModelFiles, locate

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture
def mini(tmp_path: Path) -> ModelFiles:
    return locate("mini", CONFIG, tmp_path)


def test_a_folder_says_it_in_its_record(mini: ModelFiles) -> None:
    """open_clip's form of it."""
    record = json.loads((CONFIG / "models" / "mini" / "open_clip_config.json").read_text())
    assert embedding_dim(mini) == record["model_cfg"]["embed_dim"]


def test_a_transformers_folder_says_it_in_its_own(mini: ModelFiles, tmp_path: Path) -> None:
    """The width of its projection."""
    (tmp_path / "config.json").write_text('{"projection_dim": 48}')
    assert embedding_dim(replace(mini, folder=tmp_path)) == 48


def test_an_architecture_is_known_by_name(mini: ModelFiles) -> None:
    """A bare weights file has no record; the architecture's is open_clip's own."""
    pytest.importorskip("open_clip", reason="open_clip is not installed")
    assert embedding_dim(replace(mini, architecture="ViT-B-32")) == 512
    assert embedding_dim(replace(mini, architecture="ViT-L-14")) == 768


def test_a_silent_record_is_no_error(mini: ModelFiles, tmp_path: Path) -> None:
    """It is for show: the model's loading will say what is wrong."""
    assert embedding_dim(replace(mini, folder=tmp_path)) == 0
    (tmp_path / "config.json").write_text("[]")
    assert embedding_dim(replace(mini, folder=tmp_path)) == 0
