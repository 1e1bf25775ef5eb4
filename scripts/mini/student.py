"""The text tower learns to say what the map of the sentence model says (stage 2)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from scripts.mini import losses
from scripts.mini.phrases import Phrases
from scripts.mini.towers import TextTower
from scripts.mini.vocabulary import Tokens

Floats = npt.NDArray[np.float32]
Dice = np.random.Generator

_POOL = 16  # batches drawn together and sorted by length, so that none is padded far
_UNCORRECTED = 0.3  # share of phrases for which tokens go without their own correction
_COSINE, _GRAM = 4.0, 4.0
TABLE_RATE, RATE = 2e-3, 1.5e-3


class Distillation:
    """The losses of one step over a batch of phrases of like length."""

    def __init__(
        self, tokens: Tokens, targets: Floats, phrases: Phrases, batch: int, seed: int
    ) -> None:
        """`targets` are unit rows [n, D], a phrase each."""
        self._tokens, self._batch, self._seed = tokens, batch, seed
        self._targets = torch.from_numpy(targets)
        self._chances = np.cumsum(phrases.weights())
        self._pool = lru_cache(maxsize=1)(self._drawn_pool)

    def step(self, tower: TextTower, at: int, dice: Dice) -> dict[str, torch.Tensor]:
        """The weighted losses of step `at` by name."""
        chosen = self._pool(at // _POOL)[at % _POOL]
        ids = self._tokens.ids[chosen, : int(self._tokens.lengths[chosen].max())]
        corrected = torch.from_numpy(dice.random((len(chosen), 1, 1)) >= _UNCORRECTED).float()
        rows, targets = tower(ids, corrected), self._targets[chosen]
        return {
            "cosine": _COSINE * (1 - (rows * targets).sum(dim=1)).mean(),
            "gram": _GRAM * losses.gram(rows, targets),
        }

    def _drawn_pool(self, pool: int) -> list[npt.NDArray[np.int64]]:
        dice = np.random.default_rng([self._seed, pool, 2])
        drawn = np.searchsorted(self._chances, dice.random(_POOL * self._batch)).astype(np.int64)
        drawn = np.minimum(drawn, len(self._chances) - 1)
        jittered = self._tokens.lengths[drawn] + dice.random(len(drawn))
        batches = np.split(drawn[np.argsort(jittered)], _POOL)
        return [batches[int(at)] for at in dice.permutation(_POOL)]


def optimizer_of(tower: TextTower) -> torch.optim.Optimizer:
    """AdamW: the token corrections at a higher rate, and pulled back to zero."""
    table = list(tower.correction.parameters())
    others = [it for name, it in tower.named_parameters() if not name.startswith("correction")]
    return torch.optim.AdamW(
        [
            {"params": table, "lr": TABLE_RATE, "weight_decay": 0.05},
            {"params": others, "lr": RATE, "weight_decay": 0.01},
        ]
    )


@torch.inference_mode()
def encode(tower: TextTower, tokens: Tokens, batch: int = 512) -> Floats:
    """Unit rows [n, D] of all texts, those of like length together."""
    tower.eval()
    order = np.argsort(tokens.lengths, kind="stable")
    rows: list[Floats] = []
    for at in range(0, len(order), batch):
        chosen = order[at : at + batch]
        ids = tokens.ids[chosen, : int(tokens.lengths[chosen].max())]
        rows.append(functional.normalize(tower(ids), dim=-1).numpy())
    found = np.concatenate(rows)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    ordered: Floats = found[back]
    return ordered
