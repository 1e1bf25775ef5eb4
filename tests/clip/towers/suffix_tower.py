"""The text tower without the prefix that it grows, for tests that ask for rows only."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from runners.clip.towers.text import TextTower


class SuffixTower(nn.Module):
    """`TextTower` without the grown prefix."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.tower = TextTower(model)

    def forward(self, ids: torch.Tensor, prefix: torch.Tensor) -> torch.Tensor:
        """ids int64 [N, L], prefix float32 [layers, 2, heads, P, head_dim] -> unit rows [N, D]."""
        rows: torch.Tensor = self.tower(ids, prefix)[0]
        return rows
