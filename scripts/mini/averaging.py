"""Heads between heads: means along a training, and between its start and its end."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from scripts.mini.plan import Plan
from scripts.mini.towers import Head


class Average:
    """A running mean of a head's weights along its training: steadier than any snapshot."""

    def __init__(self, head: Head, plan: Plan, keep: float = 0.98) -> None:
        self.head = Head(plan)
        self.head.load_state_dict(head.state_dict())
        self.head.eval()
        self._keep = keep

    @torch.no_grad()
    def follow(self, head: Head) -> None:
        """One step towards `head`'s weights."""
        for mine, theirs in zip(self.head.parameters(), head.parameters(), strict=True):
            mine.lerp_(theirs, 1 - self._keep)


def between(
    start: Mapping[str, torch.Tensor], end: Mapping[str, torch.Tensor], share: float
) -> dict[str, torch.Tensor]:
    """Weights `share` of the way from `start` to `end`: what the first stage knew of photos from
    elsewhere stays (WiSE-FT: Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022).
    """
    return {name: torch.lerp(start[name], it, share) for name, it in end.items()}
