"""Towers that we do not know by heart are served as open_clip built them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from runners.clip.models import load, locate
from runners.clip.towers.stock import StockVision
from runners.clip.towers.vision import supports
from tests.clip.towers.random_models import MEAN, STD, normalized, random_clip, squares

CONFIG = Path(__file__).parents[3] / "config"
ODD: dict[str, dict[str, Any]] = {
    "attentional pool": {"attentional_pool": True, "attn_pooler_heads": 2},
    "patches' vectors too": {"output_tokens": True},
}


@torch.no_grad()
def test_mini_equals_open_clip():
    """The embedded model's EfficientNet gives open_clip's rows."""
    loaded = load(locate("mini", CONFIG, Path("none")))
    assert not supports(loaded.model)
    tower = StockVision(
        loaded.model, mean=loaded.facts.preprocess.mean, std=loaded.facts.preprocess.std
    )
    pixels = squares(loaded.facts.native_size)
    images = pixels.permute(0, 3, 1, 2).float() / 255 * 2 - 1  # its mean and std are one half
    expected = loaded.model.encode_image(images, normalize=True)
    torch.testing.assert_close(tower(pixels), expected, atol=2e-6, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("vision", ODD.values(), ids=ODD)
def test_odd_transformers_equal_open_clip(vision):
    """Other transformers give open_clip's rows, also where vectors of the patches come along."""
    model, pixels = random_clip(vision=vision), squares(64)
    features = model.encode_image(normalized(pixels))
    first = features[0] if isinstance(features, tuple) else features
    rows = StockVision(model, mean=MEAN, std=STD)(pixels)
    expected = torch.nn.functional.normalize(first, dim=-1)
    torch.testing.assert_close(rows, expected, atol=1e-6, rtol=0)
