"""The plain vision transformer of open_clip, at every square size, from one set of weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  its usual name

from runners.clip.towers.block import Block, is_plain_block, stack
from runners.clip.towers.layers import Norm, Pixels, activation_name, is_plain_norm, project, shared


def supports(model: Any) -> bool:
    """Whether `VisionTower` computes what `model.encode_image` does.

    It does for open_clip's VisionTransformer with plain blocks, a learned grid of positions, and
    its class token or the mean of its patches as the answer; the rest is `StockVision`'s.
    """
    from open_clip.transformer import VisionTransformer

    visual = model.visual
    return (
        type(visual) is VisionTransformer
        and visual.attn_pool is None
        and visual.pool_type in ("tok", "avg")
        and isinstance(visual.patch_dropout, nn.Identity)
        and (isinstance(visual.ln_pre, nn.Identity) or is_plain_norm(visual.ln_pre))
        and is_plain_norm(visual.ln_post)
        and all(map(is_plain_block, visual.transformer.resblocks))
    )


class VisionTower(nn.Module):
    """Photos and positions in, unit vectors out; where to look is an input, so any size will do.

    `activation` is "gelu" or "quick_gelu", as the loaded model has it.
    """

    def __init__(self, model: Any, *, mean: Sequence[float], std: Sequence[float]) -> None:
        """Over the weights of `model`, which `supports` has approved; they are not copied."""
        super().__init__()
        visual = model.visual
        blocks = visual.transformer.resblocks
        self.activation = activation_name(blocks[0])
        self.takes_mean = visual.pool_type == "avg"
        self.norm_after_mean = bool(visual.final_ln_after_pool)
        self.pixels = Pixels(mean, std)
        self.patch_size = tuple(visual.patch_size)
        self.patches = shared(visual.conv1.weight)
        self.class_token = shared(visual.class_embedding)
        self.norm_pre = _norm_or_nothing(visual.ln_pre)
        self.blocks = nn.ModuleList(map(Block, blocks))
        self.norm_post = Norm(visual.ln_post)
        self.projection = None if visual.proj is None else shared(visual.proj)

    def forward(self, pixels: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """RGB uint8 [B, S, S, 3] and positions float32 [1 + grid * grid, width] -> float32 [B, D].

        `positions` is the learned table for the side S, its class row first.
        """
        x = self.embed(pixels, positions)
        early, last = stack(self.blocks)
        for block in early:
            x = block(x)
        return project(self._pooled(last, x), self.projection)

    def embed(self, pixels: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """What enters the first block, [B, 1 + grid * grid, width]; inputs as `forward`'s."""
        seen = self.pixels(pixels).to(self.patches.dtype)
        patches = F.conv2d(seen, self.patches, stride=self.patch_size).flatten(2).transpose(1, 2)
        first = self.class_token.expand(patches.shape[0], 1, -1)
        x = torch.cat([first, patches], dim=1) + positions.to(patches.dtype)
        rows: torch.Tensor = self.norm_pre(x)
        return rows

    def _pooled(self, last: Block, x: torch.Tensor) -> torch.Tensor:
        if not self.takes_mean:
            row: torch.Tensor = self.norm_post(last.first_row(x))
            return row[:, 0]
        rows = last(x)
        if self.norm_after_mean:
            mean: torch.Tensor = self.norm_post(rows[:, 1:].mean(dim=1))
            return mean
        normed: torch.Tensor = self.norm_post(rows)
        return normed[:, 1:].mean(dim=1)


def _norm_or_nothing(norm: Any) -> nn.Module:
    return Norm(norm) if isinstance(norm, nn.LayerNorm) else nn.Identity()
