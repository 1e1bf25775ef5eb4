"""The checkpoint as files that stock open_clip loads: configuration and fp16 weights."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from scripts.mini.plan import Plan
from scripts.mini.towers import Head, TextTower, config_of, new_model

Floats = npt.NDArray[np.float32]

CONFIG, WEIGHTS = "open_clip_config.json", "open_clip_model.safetensors"
MOST_BYTES = 24_000_000
_LOGIT_SCALE = math.log(100.0)  # so that softmax(cosine / 0.01) is the model's own
_LEAST_COSINE = 0.999  # of the exported texts to those of training; fp16 is all that differs


class ExportError(Exception):
    """The exported checkpoint is not what was trained, or too large."""


def assemble(
    plan: Plan, trunk: Mapping[str, torch.Tensor], head: Head, tower: TextTower
) -> dict[str, torch.Tensor]:
    """All weights under open_clip's names, fp16."""
    model = new_model(plan)
    state: dict[str, torch.Tensor] = model.state_dict()
    found = {f"visual.trunk.{name}": it for name, it in trunk.items()}
    found |= {f"visual.head.mlp.{name}": it for name, it in head.state_dict().items()}
    found |= {f"transformer.{name}": it for name, it in tower.transformer.state_dict().items()}
    found |= {f"ln_final.{name}": it for name, it in tower.ln_final.state_dict().items()}
    found |= {
        "token_embedding.weight": tower.token_table(),
        "positional_embedding": tower.positional_embedding.detach(),
        "text_projection": tower.text_projection.detach(),
        "logit_scale": torch.tensor(_LOGIT_SCALE),
    }
    absent = sorted(set(state) - set(found))
    if absent:
        raise ExportError(f"nothing was trained for {', '.join(absent[:5])}")
    return {name: _half(found[name]) for name in state}


def write(plan: Plan, weights: Mapping[str, torch.Tensor], folder: Path) -> int:
    """Writes both files; answers the weights' size in bytes, or raises `ExportError`."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file(dict(weights), folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # the library lets only its owner read it
    (folder / CONFIG).write_text(json.dumps(config_of(plan), indent=1) + "\n")
    size = (folder / WEIGHTS).stat().st_size
    if size > MOST_BYTES:
        raise ExportError(f"{WEIGHTS} has {size} bytes, more than {MOST_BYTES}")
    return size


def check(folder: Path, texts: Sequence[str], rows: Floats) -> float:
    """Loads `folder` with stock open_clip and compares `texts` with their training `rows`.

    Answers the least cosine; raises `ExportError` where it is below 0.999.
    """
    import open_clip

    model: Any = open_clip.create_model(f"local-dir:{folder}")
    tokenizer: Any = open_clip.get_tokenizer(f"local-dir:{folder}")
    model.eval()
    with torch.inference_mode():
        stock = model.encode_text(tokenizer(list(texts)), normalize=True).numpy()
    least = float((stock * rows).sum(axis=1).min())
    if least < _LEAST_COSINE:
        raise ExportError(f"stock open_clip encodes texts otherwise: cosine {least:.4f}")
    return least


def _half(tensor: torch.Tensor) -> torch.Tensor:
    half = tensor.half() if tensor.is_floating_point() else tensor
    return half.contiguous().clone()
