"""Image towers on a device: a model's weights in a number format, looking at each size."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import nn

from runners.clip.engines.cuda_graphs import Tower
from runners.clip.engines.squares import models_by_size, positional_table
from runners.clip.loading import LoadedModel
from runners.clip.towers.stock import StockVision
from runners.clip.towers.vision import VisionTower, supports


def placed(model: nn.Module, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """`model` itself where it is on `device` in `dtype` already, else a copy that is."""
    if device.type == "cpu" and dtype == torch.float32:
        return model
    tensors = (*model.parameters(), *model.buffers())
    moved: dict[int, Any] = {id(tensor): _moved(tensor, device, dtype) for tensor in tensors}
    return copy.deepcopy(model, moved)  # deepcopy finds each tensor "copied": none is held twice


def tables_for(loaded: LoadedModel, sizes: tuple[int, ...]) -> dict[int, torch.Tensor]:
    """Positions, fp32 on the CPU, for every one of `sizes` that the model was not made for."""
    visual = loaded.model.visual
    return {
        size: positional_table(visual, size) for size in sizes if size != loaded.facts.native_size
    }


def image_towers(
    loaded: LoadedModel, model: Any, tables: Mapping[int, torch.Tensor]
) -> dict[int, Tower]:
    """A tower for each side in pixels, over the weights of `model`: `loaded`'s, once `placed`."""
    cut = loaded.facts.preprocess
    weight = next(model.visual.parameters())
    towers: dict[int, Tower] = {}
    if supports(model):
        tower = VisionTower(model, mean=cut.mean, std=cut.std).eval()
        tower.pixels.to(weight.device)  # its numbers stay float32: only then do bytes stay exact
        native = model.visual.positional_embedding.detach()
        for size, table in {loaded.facts.native_size: native, **tables}.items():
            positions = table.to(device=weight.device, dtype=weight.dtype)
            towers[size] = partial(tower, positions=positions)
        return towers
    for size, twin in models_by_size(model, tables, loaded.facts.native_size).items():
        stock = StockVision(twin, mean=cut.mean, std=cut.std).eval()
        stock.pixels.to(weight.device)
        towers[size] = stock
    return towers


def _moved(tensor: torch.Tensor, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    to = tensor.detach().to(device, dtype if tensor.is_floating_point() else None)
    return nn.Parameter(to, requires_grad=False) if isinstance(tensor, nn.Parameter) else to
