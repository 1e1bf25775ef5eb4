"""Eight bits hold a smoothed tower, outliers and all, and do not hold one that is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from runners.clip.engines.squares import positional_table
from runners.clip.towers.int8_weights import compress_linear_weights
from runners.clip.towers.openvino_form import to_openvino
from runners.clip.towers.smoothing import find_peaks, smoothed
from runners.clip.towers.vision import VisionTower
from tests.clip.small_models import vit_config
from tests.clip.towers.outliers import (
    calibration_photos,
    centred_cosine,
    held_out_photos,
    with_outliers,
)
from tests.clip.towers.random_models import MEAN, STD

ov = pytest.importorskip("runners.clip.quiet_openvino").ov

SIZE, GAIN, ENOUGH = 224, 150, 0.995
INT8 = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 128}
LAYERS = {"layers": 4, "width": 256, "head_width": 64, "patch_size": 32}


@pytest.fixture(scope="module")
def positions() -> torch.Tensor:
    """The learned table, as every model here has it."""
    return positional_table(fresh_model().visual, SIZE)


@pytest.fixture(scope="module")
def tower(positions) -> VisionTower:
    """An image tower with outliers in all places."""
    plain = VisionTower(fresh_model(), mean=MEAN, std=STD)
    return with_outliers(plain, photos(calibration_photos, 8), positions, GAIN)


@pytest.fixture(scope="module")
def smooth(tower, positions) -> VisionTower:
    """The same, smoothed by photos that no test asks about."""
    return smoothed(tower, find_peaks(tower, photos(calibration_photos, 32).split(8), positions))


def fresh_model() -> Any:
    """Four blocks as a published tower starts out: wide enough for groups of 128."""
    from open_clip.model import CLIP

    config = vit_config(SIZE)
    config["vision_cfg"] |= LAYERS
    config["text_cfg"] |= {"vocab_size": 100}
    torch.manual_seed(2)
    return CLIP(**config).eval().requires_grad_(False)


def photos(kind: Any, count: int) -> torch.Tensor:
    return torch.from_numpy(kind(SIZE, count))


def graph_of(tower: VisionTower, positions: torch.Tensor) -> Any:
    example = {"pixels": photos(held_out_photos, 2), "positions": positions}
    shapes = {"pixels": (-1, -1, -1, 3), "positions": (-1, 256)}
    return to_openvino(tower, example, shapes, ["rows"])


def int8_rows(tower: VisionTower, positions: torch.Tensor) -> npt.NDArray[np.float32]:
    graph = graph_of(tower, positions)
    compress_linear_weights(graph)
    request = ov.Core().compile_model(graph, "CPU", INT8).create_infer_request()
    given = {"pixels": held_out_photos(SIZE, 12), "positions": positions.numpy()}
    rows: npt.NDArray[np.float32] = request.infer(given)["rows"].copy()
    return rows


@torch.no_grad()
def drift(served: VisionTower, tower: VisionTower, positions: torch.Tensor) -> float:
    reference = tower(photos(held_out_photos, 12), positions).numpy()
    return centred_cosine(int8_rows(served, positions), reference)


def test_outliers_survive_once_smoothed(smooth, tower, positions):
    """On held-out photos the smoothed int8 tower stays by the float32 tower with outliers."""
    assert drift(smooth, tower, positions) >= ENOUGH


def test_outliers_break_it_unsmoothed(tower, positions):
    """The test is worth something: without smoothing the same outliers are too much."""
    assert drift(tower, tower, positions) < ENOUGH


def test_the_linear_layers_of_all_blocks_are_compressed(smooth, positions):
    """Four layers a block are compressed, five in the last, which splits one; no other weight."""
    graph = graph_of(smooth, positions)
    layers = 4 * LAYERS["layers"] + 1
    assert compress_linear_weights(graph) == layers
    assert constants_of(graph, "i8") == layers


def test_weights_stay_small_when_compiled(smooth, positions):
    """The plugin keeps the eight bits: it does not widen them when it compiles the graph."""
    graph = graph_of(smooth, positions)
    count = compress_linear_weights(graph)
    compiled = ov.Core().compile_model(graph, "CPU", INT8).get_runtime_model()
    assert constants_of(compiled, "i8") == count


def constants_of(graph: Any, kind: str) -> int:
    """How many of its inputs to products are constants of the type called `kind`."""
    nodes = (node for node in graph.get_ordered_ops() if not node.inputs())
    return sum(node.get_output_element_type(0).get_type_name() == kind for node in nodes)


def test_weights_are_rounded_to_the_nearest_step(positions):
    """Weights come back from the graph within half a step, each row in steps of its own."""
    tower = VisionTower(fresh_model(), mean=MEAN, std=STD)
    graph = graph_of(tower, positions)
    compress_linear_weights(graph)
    product = next(n for n in graph.get_ordered_ops() if n.get_friendly_name().endswith("/int8"))
    wide, scales = (port.get_node() for port in product.input_values())
    steps = wide.input_value(0).get_node().data.astype(np.float32)
    weights = tower.blocks[0].qkv.weight.numpy()
    assert scales.data.shape == (768, 1)
    assert np.abs(steps).max(axis=1).min() == 127
    assert (np.abs(steps * scales.data - weights) <= scales.data * 0.5001).all()
