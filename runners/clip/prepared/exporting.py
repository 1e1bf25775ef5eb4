"""What every export does: choose the form of the image tower, and say how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from torch import nn

from runners.clip.loading import LoadedModel
from runners.clip.prepared.child import STAGE
from runners.clip.towers.stock import StockVision
from runners.clip.towers.vision import VisionTower, supports


class UnsupportedError(Exception):
    """The model has a part that cannot be exported; the message says which."""


def image_tower(loaded: LoadedModel) -> nn.Module:
    """The image tower of `loaded`: its own small form where there is one."""
    kind: Callable[..., nn.Module] = VisionTower if supports(loaded.model) else StockVision
    cut = loaded.facts.preprocess
    return kind(loaded.model, mean=cut.mean, std=cut.std).eval()


@dataclass(frozen=True)
class Stages:
    """Says which stage of `count` begins, and how long all took so far; `of` names the export."""

    count: int
    of: str = ""
    start: float = field(default_factory=time.perf_counter)

    def begin(self, number: int, what: str) -> None:
        """The line that the parent process logs."""
        seconds = time.perf_counter() - self.start
        print(f"{STAGE}{self.of}{number}/{self.count} ({seconds:.0f} s): {what}", flush=True)
