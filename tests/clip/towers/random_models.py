"""Small open_clip models whose every number is random, so that no weight can be forgotten.

Fresh ones have biases of zero and gains of one, which would hide many a mistake.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from tests.clip.small_models import vit_config

MEAN, STD = (0.48, 0.45, 0.4), (0.26, 0.25, 0.27)


def random_clip(
    *,
    size: int = 64,
    quick_gelu: bool = False,
    custom: bool = False,
    vision: dict[str, Any] | None = None,
    text: dict[str, Any] | None = None,
) -> Any:
    """A CLIP (or, `custom`, a CustomTextCLIP) of two vision blocks and three text blocks."""
    from open_clip.model import CLIP, CustomTextCLIP

    config = vit_config(size, quick_gelu=quick_gelu)
    config["vision_cfg"] |= vision or {}
    config["text_cfg"] |= {"vocab_size": 100, "layers": 3} | (text or {})
    torch.manual_seed(11)
    model = (CustomTextCLIP if custom else CLIP)(**config)
    return shaken(model)


def shaken(model: nn.Module) -> nn.Module:
    """`model` in evaluation mode, with a random number added to each of its own."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return model.eval().requires_grad_(False)


def squares(size: int, count: int = 3) -> torch.Tensor:
    """Random RGB bytes uint8 [count, size, size, 3], the same at every call."""
    numbers = np.random.default_rng(size).integers(0, 256, (count, size, size, 3))
    return torch.from_numpy(numbers.astype(np.uint8))


def normalized(pixels: torch.Tensor) -> torch.Tensor:
    """What open_clip's own towers are given: float32 [B, 3, S, S]."""
    mean, std = (torch.tensor(three).view(1, 3, 1, 1) for three in (MEAN, STD))
    return (pixels.permute(0, 3, 1, 2).float() / 255 - mean) / std


def ragged_ids(lengths: tuple[int, ...], *, shared: int, context: int = 77) -> torch.Tensor:
    """Token ids int64 [N, context] of texts of these `lengths`, their first `shared` alike.

    98 begins and 99 ends each of them, zeros fill up.
    """
    rng = np.random.default_rng(5)
    ids = np.zeros((len(lengths), context), dtype=np.int64)
    for row, length in zip(ids, lengths, strict=True):
        row[:length] = rng.integers(1, 98, length)
        row[length - 1] = 99
    ids[:, :shared] = ids[0, :shared]
    ids[:, 0] = 98
    return torch.from_numpy(ids)
