"""The words of the labels: rows of the token table that nothing else is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from scripts.mini.vocabulary import CONTEXT, tokenize

TRAINED = ("screenshot", "document", "receipt", "meme", "chart", "map", "frame")
# What the reference words were, before their labels were taught: they stay it under these.
KEPT = {"screenshots": "screenshot", "maps": "map"}
BARE = ("{}", "a {}", "a photo of a {}")
_TABLE = "token_embedding.weight"


class Words(nn.Module):
    """Vectors of labels through templates, by the frozen text tower and the trained rows."""

    def __init__(self, tower: Any, labels: Sequence[str], templates: Sequence[str]) -> None:
        super().__init__()
        self._tower = [tower.requires_grad_(False)]  # in a list: no part of what is trained
        self._shape = len(labels), len(templates), -1
        tokens = tokenize([each.replace("{}", label) for label in labels for each in templates])
        self._ids = tokens.ids[:, : int(tokens.lengths.max())].long()
        self.numbers = [token_of(word) for word in TRAINED]
        table = tower.token_embedding.weight.detach()
        self.rows = nn.Parameter(table[self.numbers].clone())
        length = self._ids.shape[1]
        self._plain = table[self._ids] + tower.positional_embedding.detach()[:length]
        self._places = [(self._ids == number).unsqueeze(-1).float() for number in self.numbers]
        self._own = table[self.numbers].clone()
        self._mask = torch.full((CONTEXT, CONTEXT), float("-inf")).triu(1)[:length, :length]

    def forward(self) -> torch.Tensor:
        """Unit rows [labels, templates, D]."""
        tower, states = self._tower[0], self._plain
        for place, row, before in zip(self._places, self.rows, self._own, strict=True):
            states = states + place * (row - before)
        states = tower.ln_final(tower.transformer(states, attn_mask=self._mask))
        pooled = states[torch.arange(len(self._ids)), self._ids.argmax(dim=1)]
        return functional.normalize(pooled @ tower.text_projection, dim=-1).reshape(self._shape)

    @torch.no_grad()
    def read_from(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Takes up the rows of a checkpoint that was taught before."""
        self.rows.copy_(weights[_TABLE][self.numbers])

    def write_into(self, weights: dict[str, torch.Tensor]) -> None:
        """Puts the rows into the token table."""
        table = weights[_TABLE]
        for new, old in KEPT.items():
            table[token_of(new)] = table[token_of(old)]
        table[self.numbers] = self.rows.detach().to(table.dtype)


def token_of(word: str) -> int:
    """The number of a word that is one token."""
    return int(tokenize([word]).ids[0, 1])


def mean_rows(rows: torch.Tensor) -> torch.Tensor:
    """Unit rows [labels, D], as a bank has them, from [labels, templates, D]."""
    return functional.normalize(rows.mean(dim=1), dim=-1)


@torch.no_grad()
def bank_rows(tower: Any, labels: Sequence[str], templates: Sequence[str]) -> torch.Tensor:
    """Unit rows [labels, D] by the tower as it is."""
    texts = tokenize([each.replace("{}", label) for label in labels for each in templates])
    parts = [tower.encode_text(it, normalize=True) for it in torch.split(texts.ids, 256)]
    return mean_rows(torch.cat(parts).reshape(len(labels), len(templates), -1))
