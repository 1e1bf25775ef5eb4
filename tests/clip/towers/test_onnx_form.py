"""One ONNX file of the image tower serves every batch and size, with the numbers of torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from runners.clip.engines.squares import positional_table
from runners.clip.towers.onnx_form import to_onnx
from runners.clip.towers.stock import StockVision
from runners.clip.towers.text import PrefixTower, TextTower
from runners.clip.towers.vision import VisionTower
from tests.clip.towers.random_models import MEAN, STD, ragged_ids, random_clip, squares

pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")

NATIVE, OTHER = 64, 96


@torch.no_grad()
def assert_equal(module, path, given):
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    got = session.run(None, {name: tensor.numpy() for name, tensor in given.items()})
    expected = module(*given.values())
    expected = expected if isinstance(expected, tuple) else (expected,)
    for own, wanted in zip(got, expected, strict=True):
        np.testing.assert_allclose(own, wanted.numpy(), atol=1e-5)


@pytest.mark.parametrize("quick_gelu", [False, True], ids=["gelu", "quick_gelu"])
def test_vision_at_all_sizes(tmp_path, quick_gelu):
    """The image tower's file takes any batch at any size, told by its positions."""
    model = random_clip(quick_gelu=quick_gelu)
    tower = VisionTower(model, mean=MEAN, std=STD)

    def given(size: int, count: int) -> dict[str, torch.Tensor]:
        pixels = squares(size, count)
        return {"pixels": pixels, "positions": positional_table(model.visual, size)}

    shapes = {"pixels": (-1, -1, -1, 3), "positions": (-1, 64)}
    to_onnx(tower, tmp_path / "image.onnx", given(NATIVE, 2), shapes, ["rows"])
    for size in (NATIVE, OTHER):
        for count in (1, 3):
            assert_equal(tower, tmp_path / "image.onnx", given(size, count))


def test_stock_at_all_batches(tmp_path):
    """The file of a tower taken as it is takes any batch."""
    tower = StockVision(random_clip(vision={"output_tokens": True}), mean=MEAN, std=STD)
    shapes = {"pixels": (-1, NATIVE, NATIVE, 3)}
    to_onnx(tower, tmp_path / "image.onnx", {"pixels": squares(NATIVE, 2)}, shapes, ["rows"])
    for count in (1, 3):
        assert_equal(tower, tmp_path / "image.onnx", {"pixels": squares(NATIVE, count)})


def test_texts_of_any_length_behind_any_prefix(tmp_path):
    """The text tower's file takes any number of texts of any length behind any prefix."""
    model = random_clip()
    tower, ids = TextTower(model), ragged_ids((12, 7, 9), shared=5)

    def given(count: int, start: int, stop: int) -> dict[str, torch.Tensor]:
        prefix = PrefixTower(model)(ids[:1, :start])
        return {"ids": ids[:count, start:stop], "prefix": prefix}

    shapes = {"ids": (-1, -1), "prefix": (3, 2, 2, -1, 16)}
    to_onnx(tower, tmp_path / "text.onnx", given(2, 3, 20), shapes, ["rows", "grown"])
    for count, start, stop in ((1, 5, 12), (3, 1, 77), (3, 4, 12)):
        assert_equal(tower, tmp_path / "text.onnx", given(count, start, stop))
