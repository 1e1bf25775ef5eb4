"""Several square sizes from one set of weights, for vision transformers with a learned grid.

Only the positional table differs from size to size; a twin of the model shares everything else,
so that two sizes cost one model's memory and may run at the same time.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

COMMON_SIZES = (224, 336)
PREFERRED_SIZE = 336


def possible_sizes(
    visual: nn.Module, native: int, allowed: Sequence[int] | None
) -> tuple[int, ...]:
    """The square sides, in pixels and ascending, that the tower `visual` can look at.

    `allowed` restricts them (None: nothing does). Any but the `native` one needs a learned grid of
    whole patches; where that leaves none, `native` it is.
    """
    wanted = {native, *COMMON_SIZES} if allowed is None else set(allowed)
    sizes = tuple(size for size in sorted(wanted) if size == native or _fits(visual, size))
    return sizes or (native,)


def default_size(sizes: Sequence[int], native: int) -> int:
    """The size used when none is asked for: the preferred one, else the model's own."""
    for size in (PREFERRED_SIZE, native):
        if size in sizes:
            return size
    return max(sizes)


def positional_table(visual: Any, size: int) -> torch.Tensor:
    """The learned positions for squares of side `size`: fp32 [1 + grid * grid, width].

    Bicubic and antialiased, as open_clip resizes them when it loads a model at another size. It
    must see fp32: half precision cannot be interpolated, and would lose what it should keep.
    """
    table = visual.positional_embedding.detach().float()
    class_row, cells = table[:1], table[1:]
    square = cells.reshape(1, *visual.grid_size, -1).permute(0, 3, 1, 2)
    resized = nn.functional.interpolate(
        square, size=_grid(visual, size), mode="bicubic", antialias=True, align_corners=False
    )
    return torch.cat([class_row, resized.flatten(2).transpose(1, 2)[0]])


def models_by_size(
    model: nn.Module, tables: Mapping[int, torch.Tensor], native: int
) -> dict[int, nn.Module]:
    """`model` itself for `native`, and for every size of `tables` a twin that looks at it."""
    return {native: model, **{size: _twin(model, size, table) for size, table in tables.items()}}


def _fits(visual: Any, size: int) -> bool:
    from open_clip.transformer import VisionTransformer

    return isinstance(visual, VisionTransformer) and all(
        size >= side and size % side == 0 for side in visual.patch_size
    )


def _grid(visual: Any, size: int) -> tuple[int, int]:
    rows, columns = (size // side for side in visual.patch_size)
    return rows, columns


def _twin(model: Any, size: int, table: torch.Tensor) -> nn.Module:
    visual = copy.copy(model.visual)
    like = visual.positional_embedding
    visual._parameters = dict(visual._parameters)
    visual._parameters["positional_embedding"] = nn.Parameter(
        table.to(device=like.device, dtype=like.dtype), requires_grad=False
    )
    visual.image_size, visual.grid_size = (size, size), _grid(visual, size)
    twin: nn.Module = copy.copy(model)
    twin._modules = {**twin._modules, "visual": visual}
    return twin
