"""Any other tower, as open_clip built it; images at the one size that theirs was made for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from runners.clip.towers.layers import Pixels, project


class StockVision(nn.Module):
    """`model.visual` itself between our pixels and our unit vectors."""

    def __init__(self, model: Any, *, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.pixels = Pixels(mean, std)
        self.visual = model.visual

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """RGB uint8 [B, S, S, 3] at the native side S -> unit rows float32 [B, D]."""
        dtype = next(self.visual.parameters()).dtype
        features = self.visual(self.pixels(pixels).to(dtype))
        # with the patches' vectors behind it where a captioner is attached
        return project(features[0] if isinstance(features, tuple) else features, None)


class StockText(nn.Module):
    """`model.encode_text` itself in front of our unit vectors."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """ids int64 [N, L], padded as its tokenizer pads -> unit rows float32 [N, D]."""
        return project(self.model.encode_text(ids), None)
