"""The two small parts that are trained: the image head and the text tower, in open_clip's form."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from scripts.mini.plan import Plan
from scripts.mini.trunk import NAME, WIDTH
from scripts.mini.vocabulary import CONTEXT

VOCABULARY = 49_408


def config_of(plan: Plan) -> dict[str, Any]:
    """The checkpoint's `open_clip_config.json`."""
    return {
        "model_cfg": {
            "embed_dim": plan.embed_dim,
            "vision_cfg": {
                "timm_model_name": NAME,
                "timm_model_pretrained": False,
                "timm_pool": "avg",
                "timm_proj": "mlp",
                "timm_proj_bias": True,
                "image_size": 224,
            },
            "text_cfg": {
                "context_length": CONTEXT,
                "vocab_size": VOCABULARY,
                "width": plan.text_width,
                "heads": plan.text_heads,
                "layers": plan.text_layers,
            },
        },
        "preprocess_cfg": {
            "mean": [0.5, 0.5, 0.5],
            "std": [0.5, 0.5, 0.5],
            "interpolation": "bicubic",
            "resize_mode": "shortest",
        },
    }


def new_model(plan: Plan) -> Any:
    """open_clip's model of this configuration, with weights by the seed of torch."""
    from open_clip.model import CLIP

    config = config_of(plan)["model_cfg"]
    return CLIP(config["embed_dim"], config["vision_cfg"], config["text_cfg"])


class Head(nn.Module):
    """Features [B, 1280] -> unit vectors [B, D]: two linear layers with GELU between."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.fc1 = nn.Linear(WIDTH, plan.hidden)
        self.fc2 = nn.Linear(plan.hidden, plan.embed_dim)

    def forward(self, features: torch.Tensor, dropout: float = 0.0) -> torch.Tensor:
        """`dropout` is the share of hidden values set to zero while training."""
        hidden = functional.gelu(self.fc1(features))
        hidden = functional.dropout(hidden, dropout, self.training)
        return functional.normalize(self.fc2(hidden), dim=-1)


class TextTower(nn.Module):
    """Token numbers [B, L] -> unit vectors [B, D]; a causal transformer, pooled at the end token.

    A token's row is a linear map of its word's static row in the sentence model's table, plus a
    correction of its own. Corrections are left out now and then while training, so that the map
    alone carries meaning: that is what a word has that no training text held.
    """

    def __init__(self, plan: Plan, static: npt.NDArray[np.float32]) -> None:
        super().__init__()
        model = new_model(plan)
        self.transformer: Any = model.transformer
        self.ln_final: Any = model.ln_final
        self.positional_embedding = nn.Parameter(model.positional_embedding.detach().clone())
        self.text_projection = nn.Parameter(model.text_projection.detach().clone())
        self.correction = nn.Embedding(VOCABULARY, plan.text_width)
        nn.init.zeros_(self.correction.weight)
        self.map = nn.Linear(static.shape[1], plan.text_width, bias=False)
        nn.init.normal_(self.map.weight, std=static.shape[1] ** -0.5)
        self.register_buffer("static", torch.from_numpy(static), persistent=False)
        mask = torch.full((CONTEXT, CONTEXT), float("-inf")).triu(1)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, ids: torch.Tensor, corrected: torch.Tensor | None = None) -> torch.Tensor:
        """`corrected` [B, 1, 1] is 1 where the corrections count and 0 where they do not."""
        length = ids.shape[1]
        correction = self.correction(ids)
        if corrected is not None:
            correction = correction * corrected
        states = self.map(self._static()[ids]) + correction + self.positional_embedding[:length]
        states = self.transformer(states, attn_mask=self._mask()[:length, :length])
        ends = ids.argmax(dim=1)
        pooled = self.ln_final(states)[torch.arange(len(ids)), ends]
        return functional.normalize(pooled @ self.text_projection, dim=-1)

    @torch.no_grad()
    def token_table(self) -> torch.Tensor:
        """The rows as open_clip stores them, [49408, W]."""
        table: torch.Tensor = self.map(self._static()) + self.correction.weight
        return table

    def _static(self) -> torch.Tensor:
        return self.get_buffer("static")

    def _mask(self) -> torch.Tensor:
        return self.get_buffer("mask")


class TextMap(nn.Module):
    """The sentence model's vectors [n, 384] -> unit vectors [n, D]: linear, plus a small bend."""

    def __init__(self, plan: Plan, sample: npt.NDArray[np.float32]) -> None:
        """The linear part begins as the first principal directions of `sample`."""
        super().__init__()
        width = sample.shape[1]
        self.linear = nn.Linear(width, plan.embed_dim)
        last = nn.Linear(plan.embed_dim, plan.embed_dim)
        self.bend = nn.Sequential(nn.Linear(width, plan.embed_dim), nn.GELU(), last)
        centred = sample - sample.mean(axis=0)
        directions = np.linalg.svd(centred, full_matrices=False)[2][: plan.embed_dim]
        with torch.no_grad():
            self.linear.weight.copy_(torch.from_numpy(directions))
            self.linear.bias.zero_()
            last.weight.zero_()
            last.bias.zero_()

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        return functional.normalize(self.linear(vectors) + self.bend(vectors), dim=-1)
