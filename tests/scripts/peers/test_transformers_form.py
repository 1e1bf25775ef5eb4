"""The transformers form says what the open_clip folder says, and holds the same numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from runners.clip.transformers_folder.architecture import open_clip_config
from runners.clip.transformers_folder.keys import sources
from runners.clip.transformers_folder.preprocess import preprocess_of
from runners.clip.transformers_folder.records import read_record
from runners.clip.transformers_folder.vocabulary import check_vocabulary
from scripts.peers.transformers_form import write_transformers_form

MODEL: dict[str, Any] = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 128, "patch_size": 32},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
    "quick_gelu": True,
}
SEEN = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4]}
TURNED = {"visual.proj", "text_projection"}


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An open_clip folder; every number of its weights is another."""
    folder = tmp_path_factory.mktemp("ours")
    config = {"model_cfg": MODEL, "preprocess_cfg": SEEN}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    names = sources(vision_layers=2, text_layers=1)
    weights = {name: _numbers(at, name) for at, name in enumerate(names)}
    save_file(weights, folder / "open_clip_model.safetensors")
    return folder


def _numbers(at: int, name: str) -> Any:
    shape: tuple[int, ...] = () if name == "logit_scale" else (6, 4)
    return (np.arange(np.prod(shape), dtype=np.float32) + 100 * at).reshape(shape)


@pytest.fixture(scope="module")
def theirs(ours: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as transformers saves it."""
    folder = tmp_path_factory.mktemp("theirs") / "model"
    write_transformers_form(ours, folder)
    return folder


def test_the_architecture_is_read_back(theirs: Path) -> None:
    """By the reader that serves such folders."""
    read = open_clip_config(read_record(theirs / "config.json"))
    for part in ("vision_cfg", "text_cfg"):
        assert {key: read[part][key] for key in MODEL[part]} == MODEL[part]
    assert (read["embed_dim"], read["quick_gelu"]) == (24, True)


def test_pixels_are_read_back(theirs: Path) -> None:
    """Mean and deviation of each colour."""
    facts = preprocess_of(theirs, 64)
    assert (list(facts.mean), list(facts.std)) == (SEEN["mean"], SEEN["std"])


def test_the_vocabulary_is_clips(theirs: Path) -> None:
    """Word for word."""
    check_vocabulary(theirs)


def test_the_weights_are_the_same(ours: Path, theirs: Path) -> None:
    """Put together again, and turned where the library multiplies from the other side."""
    before = load_file(ours / "open_clip_model.safetensors")
    after = load_file(theirs / "model.safetensors")
    for name, source in sources(vision_layers=2, text_layers=1).items():
        pieces = [after.pop(piece) for piece in source.names]
        whole = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        assert source.turned == (name in TURNED)
        np.testing.assert_array_equal(whole.T if source.turned else whole, before[name])
    assert not after


def test_nothing_else_is_left(theirs: Path) -> None:
    """The folder it was made in is gone."""
    assert [each.name for each in theirs.parent.iterdir()] == [theirs.name]
