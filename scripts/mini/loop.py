"""Training steps one after the other: watched, logged, saved now and then, and taken up again.

Dice belong to a step, not to a run: a training that was interrupted goes on as if it had not been.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

Step = Callable[[int, np.random.Generator], Mapping[str, torch.Tensor]]
_LOG_EVERY = 20
_WARM = 0.08
_MAX_NORM = 1.0


class Log:
    """JSON lines: losses and figures as they come, kept when a training goes on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, stage: str, **facts: Any) -> None:
        """One line with the time of day."""
        line = {"at": round(time.time(), 1), "stage": stage, **facts}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


@dataclass(frozen=True)
class Loop:
    """`steps` of one stage; `rates` are the peak rates of `groups` of parameters."""

    stage: str
    steps: int
    seed: int
    save_every: int
    checkpoint: Path

    def run(
        self,
        module: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        step: Step,
        log: Log,
        after: Callable[[int], None] | None = None,
    ) -> None:
        """Train `module` in place; `step` gives the losses, whose sum is minimised.

        `after` is called behind every step with the count of steps done. A checkpoint of this
        stage is taken up and removed when the stage is done.
        """
        peaks = [group["lr"] for group in optimizer.param_groups]
        done = self._resume(module, optimizer)
        module.train()
        bar = tqdm(range(done, self.steps), self.stage, self.steps, initial=done, disable=None)
        for at in bar:
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * one_cycle(at / self.steps)
            losses = step(at, np.random.default_rng([self.seed, at]))
            total = torch.stack(list(losses.values())).sum()
            optimizer.zero_grad(set_to_none=True)
            total.backward()  # type: ignore[no-untyped-call]  # torch's own gap
            torch.nn.utils.clip_grad_norm_(module.parameters(), _MAX_NORM)
            optimizer.step()
            self._tell(at + 1, losses, bar, log)
            if after:
                after(at + 1)
            if (at + 1) % self.save_every == 0 and at + 1 < self.steps:
                self._save(module, optimizer, at + 1)
        self.checkpoint.unlink(missing_ok=True)

    def _tell(self, done: int, losses: Mapping[str, torch.Tensor], bar: Any, log: Log) -> None:
        if done % _LOG_EVERY and done != self.steps:
            return
        values = {name: round(float(loss.detach()), 4) for name, loss in losses.items()}
        if not all(map(math.isfinite, values.values())):
            raise ArithmeticError(
                f"{self.stage}: a loss is not finite after {done} steps: {values}"
            )
        bar.set_postfix(loss=f"{sum(values.values()):.3f}")
        log.write(self.stage, step=done, losses=values)

    def _save(self, module: torch.nn.Module, optimizer: torch.optim.Optimizer, done: int) -> None:
        state = {"done": done, "module": module.state_dict(), "optimizer": optimizer.state_dict()}
        save(state, self.checkpoint)

    def _resume(self, module: torch.nn.Module, optimizer: torch.optim.Optimizer) -> int:
        if not self.checkpoint.exists():
            return 0
        state = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
        module.load_state_dict(state["module"])
        optimizer.load_state_dict(state["optimizer"])
        return int(state["done"])


def one_cycle(share: float) -> float:
    """The rate's factor after `share` of the steps: up over the first 8 %, then a half cosine."""
    if share < _WARM:
        return 0.04 + 0.96 * share / _WARM
    return 0.01 + 0.99 * (1 + math.cos(math.pi * (share - _WARM) / (1 - _WARM))) / 2


def save(state: Any, path: Path) -> None:
    """Write `state` so that `path` is either the old file or the whole new one."""
    making = path.with_suffix(".making")
    torch.save(state, making)
    os.replace(making, path)
