"""The image tower of our own computes what open_clip's does, at every size."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch

from runners.clip.engines.squares import models_by_size, positional_table
from runners.clip.towers.vision import VisionTower, supports
from tests.clip.towers.random_models import MEAN, STD, normalized, random_clip, squares

NATIVE, OTHER = 64, 96
SHAPES: dict[str, dict[str, Any]] = {
    "class token": {},
    "no norm before": {"no_ln_pre": True},
    "mean of the patches": {"pool_type": "avg"},
    "norm behind the mean": {"pool_type": "avg", "final_ln_after_pool": True},
    "another epsilon": {"norm_kwargs": {"eps": 0.1}},
    "patches' vectors too": {"output_tokens": True},
}
NOT_PLAIN: dict[str, dict[str, Any]] = {
    "attentional pool": {"attentional_pool": True, "attn_pooler_heads": 2},
    "patch dropout": {"patch_dropout": 0.5},
    "layer scale": {"ls_init_value": 0.1},
    "another block": {"qk_norm": True},
    "another activation": {"act_kwargs": {"approximate": "tanh"}},
    "a residual network": {"layers": [1, 1, 1, 1], "width": 32},
}
PUBLISHED = ["ViT-B-32", "ViT-B-16", "ViT-L-14", "ViT-L-14-336"]


def tower_of(model: Any) -> VisionTower:
    return VisionTower(model, mean=MEAN, std=STD)


@torch.no_grad()
def stock_rows(model: Any, pixels: torch.Tensor) -> torch.Tensor:
    features = model.encode_image(normalized(pixels))
    first = features[0] if isinstance(features, tuple) else features
    return torch.nn.functional.normalize(first, dim=-1)


@torch.no_grad()
def own_rows(model: Any, pixels: torch.Tensor) -> torch.Tensor:
    table = positional_table(model.visual, pixels.shape[1])
    rows: torch.Tensor = tower_of(model)(pixels, table)
    return rows


@pytest.mark.parametrize("quick_gelu", [False, True], ids=["gelu", "quick_gelu"])
@pytest.mark.parametrize("vision", SHAPES.values(), ids=SHAPES)
def test_equals_open_clip(vision, quick_gelu):
    """At the native size the rows are open_clip's own, whatever form the plain tower has."""
    model, pixels = random_clip(vision=vision, quick_gelu=quick_gelu), squares(NATIVE)
    assert supports(model)
    torch.testing.assert_close(
        own_rows(model, pixels), stock_rows(model, pixels), atol=1e-6, rtol=0
    )


def test_equals_open_clip_at_another_size():
    """With the table for another size the same weights give open_clip's rows at that size."""
    model, pixels = random_clip(), squares(OTHER)
    tables = {OTHER: positional_table(model.visual, OTHER)}
    twin = models_by_size(model, tables, NATIVE)[OTHER]
    torch.testing.assert_close(own_rows(model, pixels), stock_rows(twin, pixels), atol=1e-6, rtol=0)


def test_rows_are_of_length_one():
    """Every row is a float32 unit vector, in any precision of the weights."""
    model = random_clip()
    tower = tower_of(model).to(torch.bfloat16)
    rows = tower(squares(NATIVE), positional_table(model.visual, NATIVE))
    assert rows.dtype == torch.float32
    torch.testing.assert_close(rows.norm(dim=1), torch.ones(3), atol=1e-5, rtol=0)


def test_a_row_does_not_depend_on_its_neighbours():
    """A photo alone gives the row that it gives in a batch."""
    model, pixels = random_clip(), squares(NATIVE)
    torch.testing.assert_close(
        own_rows(model, pixels[1:2]), own_rows(model, pixels)[1:2], atol=1e-6, rtol=0
    )


def test_weights_are_shared():
    """The tower holds no second copy of any weight, and moving it leaves the model as it was."""
    model = random_clip()
    tower = tower_of(model)
    theirs = {tensor.data_ptr() for tensor in model.visual.parameters()}
    assert {tensor.data_ptr() for tensor in tower.parameters()} <= theirs
    tower.to(torch.bfloat16)
    assert {tensor.dtype for tensor in model.parameters()} == {torch.float32}


@pytest.mark.parametrize("quick_gelu", [False, True], ids=["gelu", "quick_gelu"])
def test_activation_is_the_loaded_one(quick_gelu):
    """`activation` names what the model's blocks hold, and the two give different rows."""
    model, other = (random_clip(quick_gelu=which) for which in (quick_gelu, not quick_gelu))
    assert tower_of(model).activation == ("quick_gelu" if quick_gelu else "gelu")
    assert not torch.allclose(
        own_rows(model, squares(NATIVE)), own_rows(other, squares(NATIVE)), atol=1e-4
    )


@pytest.mark.parametrize("vision", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_other_towers_are_not_supported(vision):
    """A tower that computes something else is left to `StockVision`."""
    assert not supports(random_clip(vision=vision))


def test_one_odd_block_is_enough():
    """Every block is looked at, not the first alone."""
    model = copy.deepcopy(random_clip())
    model.visual.transformer.resblocks[1].mlp.gelu = torch.nn.ReLU()
    assert not supports(model)


@pytest.mark.parametrize("quick_gelu", [False, True], ids=["gelu", "quick_gelu"])
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_architectures_are_supported(name, quick_gelu):
    """The vision transformers of OpenAI, LAION and DataComp are plain, in both activations."""
    import open_clip
    from open_clip.model import CLIP

    config = open_clip.get_model_config(name)
    with torch.device("meta"):
        model = CLIP(**config | {"quick_gelu": quick_gelu})
    assert supports(model)
    assert tower_of(model).activation == ("quick_gelu" if quick_gelu else "gelu")
