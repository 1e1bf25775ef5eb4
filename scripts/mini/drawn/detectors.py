"""Channels of the tower that no photo ever opens, taken up to see what is no photo.

A channel whose second activation is zero everywhere, whatever the photo, has no part in any
embedding. Its weights may be others, and as long as it stays shut for photos their embeddings are
the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from scripts.mini.drawn.trunk_end import BLOCKS, TrunkEnd

_SHUT = -0.05  # the highest that a silent channel comes to in any photo
_EPS = 1e-3  # of the tower's norms
_LIKENESS = 0.05  # of the mean variance, added to each: few photos know all directions


class Detectors(nn.Module):
    """The channels of one block: what they see, over which places they sum, what they add."""

    def __init__(self, end: TrunkEnd, at: int, channels: torch.Tensor) -> None:
        super().__init__()
        block, count = end.blocks[at], len(channels)
        side, width = block.conv_dw.weight.shape[-1], block.conv_pw.weight.shape[1]
        out = block.conv_pwl.weight.shape[0]
        self.channels = channels
        self.sees = nn.Parameter(torch.randn(count, width, 1, 1) * 0.02)
        self.from_ = nn.Parameter(torch.zeros(count))
        self.sums = nn.Parameter(torch.full((count, 1, side, side), 1.0 / side**2))
        self.opens = nn.Parameter(torch.full((count,), -0.6))
        self.adds = nn.Parameter(torch.randn(out, count, 1, 1) * 0.3)
        scale = block.bn3.weight / torch.sqrt(block.bn3.running_var + block.bn3.eps)
        self.register_buffer("scale", scale[:, None, None].clone(), persistent=False)

    def before(self, states: torch.Tensor) -> torch.Tensor:
        """[P, n, 7, 7]: where it is above zero, a channel is open."""
        seen = functional.relu6(functional.conv2d(states, self.sees, self.from_))
        side = self.sums.shape[-1] // 2
        return functional.conv2d(seen, self.sums, self.opens, padding=side, groups=len(self.opens))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """What they add to the block's output."""
        opened = functional.relu6(self.before(states))
        return functional.conv2d(opened, self.adds) * self.get_buffer("scale")

    @torch.no_grad()
    def look_for(self, photos: torch.Tensor, kinds: Sequence[torch.Tensor], first: int) -> None:
        """Begin each channel with the direction that parts one kind's states from photos'."""
        ground = _places(photos)
        mean, variance = ground.mean(dim=0), torch.cov(ground.T)
        variance += _LIKENESS * variance.diagonal().mean() * torch.eye(len(variance))
        for channel in range(len(self.opens)):
            own = _places(kinds[(3 * channel + first) % len(kinds)])
            way = torch.linalg.solve(variance, own.mean(dim=0) - mean)
            low, high = float((ground @ way).mean()), float((own @ way).mean())
            step = 3 / (high - low)
            self.sees[channel] = (way * step)[:, None, None]
            self.from_[channel] = -step * (low + high) / 2

    def write_into(self, weights: dict[str, torch.Tensor], at: int) -> None:
        """Puts them in the place of the silent channels, under open_clip's names."""
        prefix, here = f"visual.trunk.{BLOCKS[at]}.", self.channels
        unfold = float(np.sqrt(1 + _EPS))
        for name, rows in (("conv_pw", self.sees), ("conv_dw", self.sums)):
            _set(weights[f"{prefix}{name}.weight"], here, rows.detach() * unfold)
        for norm, bias in (("bn1", self.from_), ("bn2", self.opens)):
            for name, value in (("weight", 1.0), ("running_mean", 0.0), ("running_var", 1.0)):
                weights[f"{prefix}{norm}.{name}"][here] = value
            _set(weights[f"{prefix}{norm}.bias"], here, bias.detach())
        narrow = weights[f"{prefix}conv_pwl.weight"]
        narrow[:, here] = self.adds.detach().to(narrow.dtype)

    @torch.no_grad()
    def read_from(self, weights: Mapping[str, torch.Tensor], at: int) -> None:
        """Takes up what `write_into` has put there."""
        prefix, here = f"visual.trunk.{BLOCKS[at]}.", self.channels
        unfold = float(np.sqrt(1 + _EPS))
        self.sees.copy_(weights[f"{prefix}conv_pw.weight"][here].float() / unfold)
        self.sums.copy_(weights[f"{prefix}conv_dw.weight"][here].float() / unfold)
        self.from_.copy_(weights[f"{prefix}bn1.bias"][here])
        self.opens.copy_(weights[f"{prefix}bn2.bias"][here])
        self.adds.copy_(weights[f"{prefix}conv_pwl.weight"][:, here])


def silent_channels(end: TrunkEnd, photos: torch.Tensor) -> list[torch.Tensor]:
    """The channels of each block that none of the photos, as `TrunkEnd.before` has them, opens."""
    highest: Mapping[int, torch.Tensor] = {}
    with torch.no_grad():
        for states in torch.split(photos, 64):
            tops = []
            for at in range(len(BLOCKS)):
                tops.append(end.pre_activations(at, states).amax((0, 2, 3)))
                states = end.block(at, states)
            highest = {at: torch.maximum(highest.get(at, top), top) for at, top in enumerate(tops)}
    return [(highest[at] < _SHUT).nonzero().flatten() for at in range(len(BLOCKS))]


def opened(detectors: Sequence[Detectors], chain: Sequence[torch.Tensor]) -> torch.Tensor:
    """The highest that any detector comes to in each photo, [P]; above 0 one is open."""
    pairs = zip(detectors, chain, strict=True)
    return torch.stack([it.before(states).amax((1, 2, 3)) for it, states in pairs]).amax(0)


def _places(states: torch.Tensor) -> torch.Tensor:
    return states.permute(0, 2, 3, 1).reshape(-1, states.shape[1])


def _set(tensor: torch.Tensor, rows: torch.Tensor, values: torch.Tensor) -> None:
    tensor[rows] = values.to(tensor.dtype)
