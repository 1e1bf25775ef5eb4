"""The plain causal text tower, for prompts that begin alike.

No token sees those behind it: the keys and values of a shared beginning need computing only once,
and the padding behind an end token changes nothing. A prefix must stop before the first token at
which one of its texts is pooled, so that every text keeps at least that one.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  its usual name

from runners.clip.towers.block import Block, is_plain_block, stack
from runners.clip.towers.layers import Norm, activation_name, is_plain_norm, project, shared


def supports_text(model: Any) -> bool:
    """Whether the towers of this module compute what `model.encode_text` does."""
    from open_clip.model import CLIP, CustomTextCLIP
    from open_clip.transformer import TextTransformer

    if type(model) is CLIP:
        tower, pool_type = model, model.text_pool_type
    elif type(model) is CustomTextCLIP and type(model.text) is TextTransformer:
        tower, pool_type = model.text, model.text.pool_type
    else:
        return False
    return (
        tower.attn_mask is not None
        and getattr(tower, "cls_emb", None) is None
        and pool_type in ("argmax", "eos")
        and is_plain_norm(tower.ln_final)
        and all(map(is_plain_block, tower.transformer.resblocks))
    )


class PrefixTower(nn.Module):
    """The beginning of many texts in, what the rest of them must know of it out."""

    def __init__(self, model: Any) -> None:
        """Over the weights of `model`, which `supports_text` has approved; they are not copied."""
        super().__init__()
        tower = getattr(model, "text", model)
        blocks = tower.transformer.resblocks
        self.activation = activation_name(blocks[0])
        self.tokens = shared(tower.token_embedding.weight)
        self.positions = shared(tower.positional_embedding)
        self.blocks = nn.ModuleList(map(Block, blocks))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """ids int64 [1, P] -> keys and values float32 [layers, 2, heads, P, head_dim]."""
        x = F.embedding(ids, self.tokens) + self.positions[: ids.shape[1]]
        early, last = stack(self.blocks)
        known = []
        for block in early:
            inner = block.norm_1(x)
            keys, values = block.keys_values(inner)
            known.append(_first(keys, values))
            seen = F.scaled_dot_product_attention(
                block.queries(inner), keys, values, is_causal=True
            )
            x = block.finish(x, seen)
        known.append(_first(*last.keys_values(last.norm_1(x))))  # nobody asks for its own rows
        return torch.stack(known).float()


class TextTower(nn.Module):
    """Token ids behind a prefix in, unit vectors and the grown prefix out.

    One graph is enough to serve: what `PrefixTower` makes of the token that begins every text is
    the first prefix, and the grown prefix of a run is the next one.
    """

    def __init__(self, model: Any) -> None:
        """Over the weights of `model`, which `supports_text` has approved; they are not copied."""
        super().__init__()
        tower = getattr(model, "text", model)
        blocks = tower.transformer.resblocks
        self.activation = activation_name(blocks[0])
        self.end_token = _end_token(model)
        self.tokens = shared(tower.token_embedding.weight)
        self.positions = shared(tower.positional_embedding)
        self.blocks = nn.ModuleList(map(Block, blocks))
        self.norm_final = Norm(tower.ln_final)
        matrix, bias = _projection(tower.text_projection)
        self.projection = None if matrix is None else shared(matrix)
        self.projection_bias = None if bias is None else shared(bias)

    def forward(self, ids: torch.Tensor, prefix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """ids int64 [N, L], prefix float32 [layers, 2, heads, P, head_dim] -> unit rows float32
        [N, D], and the prefix grown by the first row of ids, [layers, 2, heads, P + L, head_dim].

        The ids are N texts without their first P >= 1 tokens, which they share; zeros fill up the
        shorter ones.
        """
        start, length = prefix.shape[3], ids.shape[1]
        place = torch.arange(length, device=ids.device) + start
        x = F.embedding(ids, self.tokens) + self.positions[place]
        sight = torch.arange(start + length, device=ids.device) <= place[:, None]
        early, last = stack(self.blocks)
        known = []
        for index, block in enumerate(early):
            inner = block.norm_1(x)
            keys, values = _behind(prefix[index], *block.keys_values(inner))
            known.append(_first(keys, values))
            seen = F.scaled_dot_product_attention(block.queries(inner), keys, values, sight)
            x = block.finish(x, seen)
        inner = last.norm_1(x)
        keys, values = _behind(prefix[-1], *last.keys_values(inner))
        known.append(_first(keys, values))
        end = _first_highest(ids if self.end_token is None else (ids == self.end_token).long())
        seen = F.scaled_dot_product_attention(
            last.queries(_row(inner, end)), keys, values, sight[end][:, None, None]
        )
        return self._unit(last.finish(_row(x, end), seen)), torch.stack(known).float()

    def _unit(self, ends: torch.Tensor) -> torch.Tensor:
        """The last block's rows at the end tokens [N, 1, width] -> unit rows [N, D]."""
        rows = self.norm_final(ends)[:, 0]
        if self.projection_bias is None:
            return project(rows, self.projection)
        return project(rows @ self.projection + self.projection_bias, None)


def _behind(
    prefix: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """One block's prefix [2, heads, P, dim], before the own keys and values [N, heads, L, dim]."""
    before = prefix.to(keys.dtype)[:, None].expand(-1, keys.shape[0], -1, -1, -1)
    return torch.cat([before[0], keys], dim=2), torch.cat([before[1], values], dim=2)


def _first(keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """[N, heads, L, dim] each -> those of the first text, [2, heads, L, dim]."""
    return torch.stack([keys[0], values[0]])


def _row(x: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    """[N, L, width] -> [N, 1, width]: row at[n] of each."""
    return x[torch.arange(x.shape[0], device=x.device), at][:, None]


def _first_highest(numbers: torch.Tensor) -> torch.Tensor:
    """int64 [N, L] -> [N]: where each row first has its highest number.

    As `argmax` does on a CPU; engines differ where a user spells the end token inside a text.
    """
    length = numbers.shape[1]
    return (numbers * length - torch.arange(length, device=numbers.device)).argmax(dim=-1)


def _end_token(model: Any) -> int | None:
    """The token to pool at, None for the highest id of a text."""
    tower = getattr(model, "text", None)
    if tower is None:
        return int(model.text_eos_id) if model.text_pool_type == "eos" else None
    return int(tower.eos_id) if tower.pool_type == "eos" else None


def _projection(layer: Any) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """Matrix [width, D] and bias [D] of a text projection in any of its forms."""
    return (layer.weight.T, layer.bias) if isinstance(layer, nn.Linear) else (layer, None)
