"""The parts of a plain transformer, over weights that belong to another module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  its usual name


def shared(tensor: torch.Tensor) -> nn.Parameter:
    """A parameter of its own over the memory of `tensor`: what moves one leaves the other."""
    return nn.Parameter(tensor.detach(), requires_grad=False)


class Linear(nn.Module):
    """Rows [..., in] -> [..., out]."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor) -> None:
        super().__init__()
        self.weight, self.bias = shared(weight), shared(bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.weight, self.bias)

    def part(self, x: torch.Tensor, first: int, stop: int) -> torch.Tensor:
        """Only the outputs `first`..`stop` of it."""
        return F.linear(x, self.weight[first:stop], self.bias[first:stop])


class Norm(nn.Module):
    """A layer norm over the last axis, computed in float32."""

    def __init__(self, norm: nn.LayerNorm) -> None:
        super().__init__()
        self.weight, self.bias, self.eps = shared(norm.weight), shared(norm.bias), norm.eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


class Pixels(nn.Module):
    """RGB bytes [B, S, S, 3] -> normalized float32 [B, 3, S, S]."""

    factor: torch.Tensor
    offset: torch.Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        """`mean` and `std` of the channels, for values in 0..1."""
        super().__init__()
        exact = torch.tensor([mean, std], dtype=torch.float64).view(2, 1, 3, 1, 1)
        self.register_buffer("factor", (1 / (255 * exact[1])).float())
        self.register_buffer("offset", (exact[0] / exact[1]).float())

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return pixels.permute(0, 3, 1, 2).float() * self.factor - self.offset


def is_plain_norm(norm: nn.Module) -> bool:
    """Whether `norm` is a layer norm with gain and bias."""
    return isinstance(norm, nn.LayerNorm) and norm.bias is not None


def project(rows: torch.Tensor, projection: torch.Tensor | None) -> torch.Tensor:
    """rows [B, width], seen through `projection` [width, D] if there is one -> unit rows [B, D]."""
    features = rows if projection is None else rows @ projection
    return F.normalize(features.float(), dim=-1)


def activation_name(block: Any) -> str:
    """What bends the numbers in an open_clip block: "gelu", "quick_gelu", "" for all else.

    Taken from the module itself: a model's name and its configuration can be wrong about it.
    """
    from open_clip.transformer import QuickGELU

    act = block.mlp.gelu
    if type(act) is nn.GELU and act.approximate == "none":
        return "gelu"
    return "quick_gelu" if type(act) is QuickGELU else ""
