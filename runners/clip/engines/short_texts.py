"""Texts need not be encoded at full context length where nothing looks ahead.

In a causal text tower that pools at the end token, the padding behind it changes nothing; cut at
the longest text, labels cost a fifth.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn


def encode_cut(model: Any, tokens: torch.Tensor) -> torch.Tensor:
    """`model.encode_text(tokens)`, [N, context] -> [N, D], without the padding where it is idle."""
    if not _ignores_padding(model):
        features: torch.Tensor = model.encode_text(tokens)
        return features
    places = torch.arange(1, tokens.shape[1] + 1, device=tokens.device)
    length = int((places * (tokens != 0)).max())  # 0 is a word too, not only padding
    features = _cut_twin(model, length).encode_text(tokens[:, :length])
    return features


def _ignores_padding(model: Any) -> bool:
    from open_clip.model import CLIP

    return (
        isinstance(model, CLIP)  # whose text tower lies open; the others keep theirs to themselves
        and model.attn_mask is not None
        and model.text_pool_type in ("argmax", "eos")
    )


def _cut_twin(model: Any, length: int) -> Any:
    """`model` with a context of `length` tokens; shares every weight."""
    twin = copy.copy(model)
    positions = model.positional_embedding[:length]
    twin._parameters = {
        **twin._parameters,
        "positional_embedding": nn.Parameter(positions, requires_grad=False),
    }
    twin._buffers = {**twin._buffers, "attn_mask": model.attn_mask[:length, :length]}
    return twin
