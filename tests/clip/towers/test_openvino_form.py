"""One OpenVINO graph serves every batch, size and length, with the numbers of torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import torch

from runners.clip.engines.squares import positional_table
from runners.clip.towers.openvino_form import to_openvino
from runners.clip.towers.stock import StockVision
from runners.clip.towers.text import PrefixTower, TextTower
from runners.clip.towers.vision import VisionTower
from tests.clip.towers.random_models import MEAN, STD, ragged_ids, random_clip, squares
from tests.clip.towers.suffix_tower import SuffixTower

ov = pytest.importorskip("runners.clip.quiet_openvino").ov

F32 = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
NATIVE, OTHER = 64, 96
TEXT = {"ids": (-1, -1), "prefix": (3, 2, 2, -1, 16)}


def compiled(graph: Any) -> Any:
    """The graph, ready to be asked."""
    return ov.Core().compile_model(graph, "CPU", F32).create_infer_request()


@torch.no_grad()
def assert_equal(module: torch.nn.Module, request: Any, given: Mapping[str, torch.Tensor]) -> None:
    expected = module(*given.values())
    expected = expected if isinstance(expected, tuple) else (expected,)
    results = request.infer({name: tensor.numpy() for name, tensor in given.items()})
    for got, wanted in zip(results.to_tuple(), expected, strict=True):
        np.testing.assert_allclose(got, wanted.numpy(), atol=1e-5)


def names(ports: Sequence[Any]) -> list[str]:
    return [port.get_any_name() for port in ports]


@pytest.mark.parametrize("quick_gelu", [False, True], ids=["gelu", "quick_gelu"])
def test_vision_at_all_sizes(quick_gelu):
    """The graph of the image tower takes any batch at any size, told by its positions."""
    model = random_clip(quick_gelu=quick_gelu)
    tower = VisionTower(model, mean=MEAN, std=STD)

    def given(size: int, count: int) -> dict[str, torch.Tensor]:
        pixels = squares(size, count)
        return {"pixels": pixels, "positions": positional_table(model.visual, size)}

    shapes = {"pixels": (-1, -1, -1, 3), "positions": (-1, 64)}
    graph = to_openvino(tower, given(NATIVE, 2), shapes, ["rows"])
    assert names(graph.inputs) == ["pixels", "positions"]
    assert names(graph.outputs) == ["rows"]
    request = compiled(graph)
    for size in (NATIVE, OTHER, NATIVE):
        for count in (1, 3):
            assert_equal(tower, request, given(size, count))


def test_stock_at_all_batches():
    """The graph of a tower taken as it is takes any batch."""
    model = random_clip(vision={"attentional_pool": True, "attn_pooler_heads": 2})
    tower = StockVision(model, mean=MEAN, std=STD)
    shape = {"pixels": (-1, NATIVE, NATIVE, 3)}
    request = compiled(to_openvino(tower, {"pixels": squares(NATIVE, 2)}, shape, ["rows"]))
    for count in (1, 3):
        assert_equal(tower, request, {"pixels": squares(NATIVE, count)})


def test_prefix_of_any_length():
    """The graph of the prefix takes any length."""
    ids, tower = ragged_ids((12,), shared=12), PrefixTower(random_clip())
    graph = to_openvino(tower, {"ids": ids[:, :3]}, {"ids": (1, -1)}, ["prefix"])
    request = compiled(graph)
    for length in (1, 4):
        assert_equal(tower, request, {"ids": ids[:, :length]})


@pytest.mark.parametrize(
    ("kind", "outputs", "pool"),
    [(SuffixTower, ["rows"], "eos"), (TextTower, ["rows", "grown"], "argmax")],
    ids=["suffix", "both in one"],
)
def test_texts_of_any_length_behind_any_prefix(kind, outputs, pool):
    """One text graph takes any number of texts of any length behind a prefix of any length."""
    model = random_clip(text={"pool_type": pool, "eos_id": 99})
    tower, ids = kind(model), ragged_ids((12, 7, 9), shared=5)

    def given(count: int, start: int, stop: int) -> dict[str, torch.Tensor]:
        prefix = PrefixTower(model)(ids[:1, :start])
        return {"ids": ids[:count, start:stop], "prefix": prefix}

    graph = to_openvino(tower, given(2, 3, 20), TEXT, outputs)
    assert names(graph.inputs) == ["ids", "prefix"]
    request = compiled(graph)
    for count, start, stop in ((1, 5, 12), (3, 1, 77), (3, 4, 12), (2, 5, 13)):
        assert_equal(tower, request, given(count, start, stop))


def test_the_first_of_two_end_tokens_counts():
    """The graph pools at the first end token, as torch does."""
    model = random_clip()
    tower, ids = SuffixTower(model), ragged_ids((12, 20), shared=2)
    ids[:, 5] = 99
    given = {"ids": ids[:, 2:], "prefix": PrefixTower(model)(ids[:1, :2])}
    assert_equal(tower, compiled(to_openvino(tower, given, TEXT, ["rows"])), given)


def test_a_graph_survives_the_disk(tmp_path):
    """Saved and read back, the graph gives the same numbers without the module."""
    tower = StockVision(random_clip(), mean=MEAN, std=STD)
    given = {"pixels": squares(NATIVE, 2)}
    graph = to_openvino(tower, given, {"pixels": (-1, NATIVE, NATIVE, 3)}, ["rows"])
    ov.save_model(graph, tmp_path / "image.xml", compress_to_fp16=False)
    assert_equal(tower, compiled(tmp_path / "image.xml"), given)
