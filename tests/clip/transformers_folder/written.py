"""Folders as the transformers library writes them, without it: all that is read before weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from runners.clip.words.tokenizer import BOS, EOT, ClipTokenizer, open_clip_vocabulary

SIDE = 64
NAMES = {BOS: "<|startoftext|>", EOT: "<|endoftext|>"}

RECORD: dict[str, Any] = {
    "model_type": "clip",
    "projection_dim": 24,
    "text_config": {
        "hidden_size": 32,
        "intermediate_size": 65,
        "num_attention_heads": 2,
        "num_hidden_layers": 2,
        "layer_norm_eps": 1e-4,
    },
    "vision_config": {
        "hidden_size": 48,
        "intermediate_size": 100,
        "num_attention_heads": 3,
        "num_hidden_layers": 3,
        "image_size": SIDE,
        "patch_size": 16,
        "layer_norm_eps": 1e-3,
    },
}
PREPROCESS: dict[str, Any] = {
    "do_resize": True,
    "size": {"shortest_edge": SIDE},
    "resample": 3,
    "do_center_crop": True,
    "crop_size": {"height": SIDE, "width": SIDE},
    "do_rescale": True,
    "rescale_factor": 0.00392156862745098,
    "do_normalize": True,
    "image_mean": [0.48, 0.45, 0.4],
    "image_std": [0.26, 0.25, 0.27],
    "do_convert_rgb": True,
    "image_processor_type": "CLIPImageProcessor",
}


def write_json(file: Path, value: Any) -> None:
    """`value` as the whole of `file`."""
    file.write_text(json.dumps(value), encoding="utf-8")


def write_vocabulary(folder: Path) -> None:
    """vocab.json and merges.txt, from the vocabulary that CLIP published."""
    ours = ClipTokenizer.from_vocabulary(open_clip_vocabulary())
    write_json(folder / "vocab.json", {NAMES.get(word, word): at for word, at in ours.ids.items()})
    lines = "\n".join(["#version: 0.2", *ours.merges, ""])
    (folder / "merges.txt").write_text(lines, encoding="utf-8")


def write_folder(folder: Path) -> Path:
    """A folder that is found to be whole; its weights are never opened."""
    folder.mkdir(parents=True)
    write_json(folder / "config.json", RECORD)
    write_json(folder / "preprocessor_config.json", PREPROCESS)
    write_vocabulary(folder)
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder
