"""One transformer block, whole or for a single row of each sequence."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  its usual name

from runners.clip.towers.layers import Linear, Norm, activation_name, is_plain_norm


class Block(nn.Module):
    """Attention and MLP around a residual stream [N, L, width], from an open_clip block.

    `damping` [hidden], where there is one, multiplies what enters the last layer of the MLP.
    """

    damping: torch.Tensor | None

    def __init__(self, block: Any) -> None:
        super().__init__()
        attention, mlp = block.attn, block.mlp
        self.heads = int(attention.num_heads)
        self.width = int(attention.embed_dim)
        self.norm_1, self.norm_2 = Norm(block.ln_1), Norm(block.ln_2)
        self.qkv = Linear(attention.in_proj_weight, attention.in_proj_bias)
        self.out = Linear(attention.out_proj.weight, attention.out_proj.bias)
        self.expand = Linear(mlp.c_fc.weight, mlp.c_fc.bias)
        self.act = mlp.gelu
        self.contract = Linear(mlp.c_proj.weight, mlp.c_proj.bias)
        self.register_buffer("damping", None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Every token looks at every token of its sequence."""
        queries, keys, values = (
            self.by_head(part) for part in self.qkv(self.norm_1(x)).chunk(3, dim=-1)
        )
        return self.finish(x, F.scaled_dot_product_attention(queries, keys, values))

    def first_row(self, x: torch.Tensor) -> torch.Tensor:
        """[N, L, width] -> [N, 1, width]: the first row of `forward(x)`, at a fraction of it."""
        inner = self.norm_1(x)
        keys, values = self.keys_values(inner)
        seen = F.scaled_dot_product_attention(self.queries(inner[:, :1]), keys, values)
        return self.finish(x[:, :1], seen)

    def queries(self, inner: torch.Tensor) -> torch.Tensor:
        """Normalized [N, L, width] -> [N, heads, L, head_dim]."""
        return self.by_head(self.qkv.part(inner, 0, self.width))

    def keys_values(self, inner: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Normalized [N, L, width] -> keys and values, [N, heads, L, head_dim] each."""
        both = self.qkv.part(inner, self.width, 3 * self.width)
        keys, values = both.chunk(2, dim=-1)
        return self.by_head(keys), self.by_head(values)

    def finish(self, x: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """The residual stream [N, L, width] after what its heads have `seen` [N, heads, L, dim]."""
        x = x + self.out(seen.transpose(1, 2).flatten(2))
        hidden = self.act(self.expand(self.norm_2(x)))
        if self.damping is not None:
            hidden = hidden * self.damping
        out: torch.Tensor = x + self.contract(hidden)
        return out

    def by_head(self, rows: torch.Tensor) -> torch.Tensor:
        """[N, L, width] -> [N, heads, L, head_dim]."""
        split = rows.reshape(rows.shape[0], -1, self.heads, self.width // self.heads)
        return split.transpose(1, 2)


def stack(blocks: nn.ModuleList) -> tuple[list[Block], Block]:
    """All of the blocks but the last, and the last."""
    *early, last = cast("list[Block]", list(blocks))
    return early, last


def is_plain_block(block: Any) -> bool:
    """Whether `Block` computes what this open_clip block does."""
    from open_clip.transformer import ResidualAttentionBlock

    return (
        type(block) is ResidualAttentionBlock
        and type(block.attn) is nn.MultiheadAttention
        and block.attn.in_proj_weight is not None
        and block.attn.in_proj_bias is not None
        and block.attn.bias_k is None
        and isinstance(block.ls_1, nn.Identity)
        and isinstance(block.ls_2, nn.Identity)
        and is_plain_norm(block.ln_1)
        and is_plain_norm(block.ln_2)
        and activation_name(block) != ""
    )
