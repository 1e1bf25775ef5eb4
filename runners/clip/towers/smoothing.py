"""Weights and activations brought to like ranges, so that eight bits can hold both.

Trained towers have a few channels far above the rest. What enters a linear layer is divided, per
channel, by a factor that its weights take up: the layers before do the dividing, so in float32 the
tower computes what it did. The factors are SmoothQuant's at alpha 1/2 (Xiao et al. 2023,
arXiv:2211.10438), for all four linear layers of a block.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from runners.clip.towers.block import Block
from runners.clip.towers.vision import VisionTower

_LOWEST = 1e-5  # of a channel that never fires, or that no weight looks at
_RANGE = (1e-4, 1e4)


@dataclass(frozen=True)
class Peaks:
    """The highest |x| that a block's linear layers were given, per channel, each [in]."""

    qkv: torch.Tensor
    out: torch.Tensor
    expand: torch.Tensor
    contract: torch.Tensor


@torch.no_grad()
def find_peaks(
    tower: VisionTower, squares: Sequence[torch.Tensor], positions: torch.Tensor
) -> list[Peaks]:
    """What flows through each block for photos, `squares` uint8 [B, S, S, 3] at one side S.

    `positions` [1 + grid * grid, width] belong to that side. About 32 varied photos are wanted: a
    unit that none of them fires stays as it is. A tower that is smoothed already counts as it is.
    """
    blocks = cast("list[Block]", list(tower.blocks))
    watches = [_Watch(block) for block in blocks]
    try:
        for batch in squares:
            x = tower.embed(batch, positions)
            for block in blocks:  # the last one too with all rows: more to learn from
                x = block(x)
    finally:
        for watch in watches:
            watch.stop()
    return [watch.peaks() for watch in watches]


@torch.no_grad()
def smoothed(tower: VisionTower, peaks: Sequence[Peaks]) -> VisionTower:
    """A copy of `tower`, with blocks evened out by the peaks of each; equal but for rounding."""
    smooth = copy.deepcopy(tower)
    for block, seen in zip(cast("list[Block]", list(smooth.blocks)), peaks, strict=True):
        _smooth(block, seen)
    return smooth


def _smooth(block: Block, peaks: Peaks) -> None:
    for norm, layer, peak in (
        (block.norm_1, block.qkv, peaks.qkv),
        (block.norm_2, block.expand, peaks.expand),
    ):
        factors = _take_up(layer.weight, peak)
        norm.weight.div_(factors)
        norm.bias.div_(factors)
    factors = _take_up(block.out.weight, peaks.out)
    values = slice(2 * block.width, None)  # attention mixes rows, not channels
    block.qkv.weight[values].div_(factors[:, None])
    block.qkv.bias[values].div_(factors)
    damping = 1 / _take_up(block.contract.weight, peaks.contract)
    block.damping = damping if block.damping is None else block.damping * damping


def _take_up(weight: torch.Tensor, peak: torch.Tensor) -> torch.Tensor:
    """Multiplies the columns of `weight` [out, in] by factors [in], and gives them back."""
    reach = weight.abs().amax(dim=0).clamp(min=_LOWEST)
    factors = (peak.clamp(min=_LOWEST) / reach).sqrt()
    factors = (factors / factors.log().mean().exp()).clamp(*_RANGE)
    weight.mul_(factors)
    return factors


class _Watch:
    """Listens at the inputs of a block's four linear layers."""

    def __init__(self, block: Block) -> None:
        self._highest: dict[str, torch.Tensor] = {}
        layers = {name: getattr(block, name) for name in Peaks.__dataclass_fields__}
        self._hooks = [self._listen(name, layer) for name, layer in layers.items()]

    def _listen(self, name: str, layer: nn.Module) -> RemovableHandle:
        def note(_: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
            peak = given[0].detach().abs().flatten(0, -2).amax(dim=0)
            before = self._highest.get(name, peak)
            self._highest[name] = torch.maximum(before, peak)

        return layer.register_forward_pre_hook(note)

    def stop(self) -> None:
        for hook in self._hooks:
            hook.remove()

    def peaks(self) -> Peaks:
        return Peaks(**self._highest)
