"""Texts need not be encoded at full context length where nothing looks at their padding.

In a causal text tower that pools at the end token, the padding behind it changes nothing; towers
of the transformers library mask it. Cut at the longest text, labels cost a fifth.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn


def encode_cut(model: Any, tokens: torch.Tensor) -> torch.Tensor:
    """`model.encode_text(tokens)`, [N, context] -> [N, D], without the padding where it is idle."""
    features: torch.Tensor
    if (padding := masked_padding(model)) is not None:
        features = model.encode_text(tokens[:, : _longest(tokens, padding)])
    elif _ignores_padding(model):
        length = _longest(tokens, 0)  # 0 is a word too, not only padding
        features = _cut_twin(model, length).encode_text(tokens[:, :length])
    else:
        features = model.encode_text(tokens)
    return features


def masked_padding(model: Any) -> int | None:
    """The id that fills up short texts, where the tower neither looks at it nor pools it."""
    from open_clip import hf_model

    tower = getattr(model, "text", None)
    if not isinstance(tower, hf_model.HFTextEncoder):
        return None
    poolers = (hf_model.MeanPooler, hf_model.ClsPooler, hf_model.ClsLastHiddenStatePooler)
    padding: int | None = tower.config.pad_token_id
    return padding if isinstance(tower.pooler, poolers) else None


def _longest(tokens: torch.Tensor, padding: int) -> int:
    """How many of the columns [N, context] hold more than the `padding` behind all texts."""
    places = torch.arange(1, tokens.shape[1] + 1, device=tokens.device)
    return max(1, int((places * (tokens != padding)).max()))


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
