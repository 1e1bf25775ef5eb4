"""Small models with random weights, written as a folder that open_clip loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PREPROCESS: dict[str, Any] = {
    "mean": [0.48, 0.45, 0.4],
    "std": [0.26, 0.25, 0.27],
    "interpolation": "bicubic",
    "resize_mode": "squash",
}


def vit_config(image_size: int, *, quick_gelu: bool = False) -> dict[str, Any]:
    """A vision transformer of two layers and patches of 16 pixels, and a text tower of one."""
    return {
        "embed_dim": 32,
        "quick_gelu": quick_gelu,
        "vision_cfg": {
            "image_size": image_size,
            "layers": 2,
            "width": 64,
            "head_width": 32,
            "patch_size": 16,
        },
        "text_cfg": {
            "context_length": 77,
            "vocab_size": 49408,
            "width": 32,
            "heads": 2,
            "layers": 1,
        },
    }


def write_model(
    folder: Path, config: dict[str, Any], *, preprocess: dict[str, Any] = PREPROCESS
) -> Path:
    """A model of `config` with weights that are random, yet the same at every call."""
    import torch
    from open_clip.model import CLIP
    from safetensors.torch import save_file

    torch.manual_seed(7)
    state = CLIP(**config).state_dict()
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {key: value.contiguous() for key, value in state.items()},
        folder / "open_clip_model.safetensors",
    )
    text = json.dumps({"model_cfg": config, "preprocess_cfg": preprocess})
    (folder / "open_clip_config.json").write_text(text)
    return folder
