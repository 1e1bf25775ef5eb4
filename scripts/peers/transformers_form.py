"""An open_clip folder of a plain ViT again as the transformers library saves one, same weights."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from runners.clip.transformers_folder.keys import sources
from runners.clip.words.tokenizer import BOS, EOT, ClipTokenizer, open_clip_vocabulary

Weights = Mapping[str, npt.NDArray[np.float32]]

_HEAD_WIDTH = 64  # of open_clip's vision towers
_NAMES = {BOS: "<|startoftext|>", EOT: "<|endoftext|>"}


def write_transformers_form(source: Path, folder: Path) -> None:
    """Writes `folder` from the open_clip folder `source`; it appears whole."""
    from safetensors.numpy import load_file, save_file

    record = json.loads((source / "open_clip_config.json").read_text(encoding="utf-8"))
    model, seen = record["model_cfg"], record["preprocess_cfg"]
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".making-"))
    try:
        _write_json(making / "config.json", config_of(model))
        _write_json(making / "preprocessor_config.json", processor_of(model, seen))
        _write_tokenizer(making)
        weights = as_theirs(load_file(source / "open_clip_model.safetensors"), model)
        save_file(weights, making / "model.safetensors", metadata={"format": "pt"})
        making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def as_theirs(ours: Weights, model: Mapping[str, Any]) -> dict[str, npt.NDArray[np.float32]]:
    """open_clip's tensors under the names, and in the pieces, that transformers gives them."""
    layers = {"vision": model["vision_cfg"]["layers"], "text": model["text_cfg"]["layers"]}
    theirs: dict[str, npt.NDArray[np.float32]] = {}
    for name, source in sources(vision_layers=layers["vision"], text_layers=layers["text"]).items():
        tensor = ours[name].T if source.turned else ours[name]
        pieces = np.split(tensor, len(source.names)) if tensor.ndim else [tensor]
        theirs.update(zip(source.names, map(_whole, pieces), strict=True))
    return theirs


def _whole(piece: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """In memory as on disk; numpy gives a single number an axis meanwhile."""
    return np.ascontiguousarray(piece).reshape(piece.shape)


def config_of(model: Mapping[str, Any]) -> dict[str, Any]:
    """transformers' config.json of open_clip's `model_cfg`."""
    act = "quick_gelu" if model["quick_gelu"] else "gelu"
    text, vision = model["text_cfg"], model["vision_cfg"]
    return {
        "architectures": ["CLIPModel"],
        "model_type": "clip",
        "projection_dim": model["embed_dim"],
        "text_config": {
            **_tower(text["width"], text["layers"], text["heads"], act),
            "vocab_size": text["vocab_size"],
            "max_position_embeddings": text["context_length"],
        },
        "vision_config": {
            **_tower(vision["width"], vision["layers"], vision["width"] // _HEAD_WIDTH, act),
            "image_size": vision["image_size"],
            "patch_size": vision["patch_size"],
        },
    }


def processor_of(model: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    """transformers' preprocessor_config.json of open_clip's `preprocess_cfg`."""
    side = model["vision_cfg"]["image_size"]
    return {
        "image_processor_type": "CLIPImageProcessor",
        "processor_class": "CLIPProcessor",
        "do_convert_rgb": True,
        "do_resize": True,
        "size": {"shortest_edge": side},
        "resample": 3,  # bicubic
        "do_center_crop": True,
        "crop_size": {"height": side, "width": side},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": seen["mean"],
        "image_std": seen["std"],
    }


def _tower(width: int, layers: int, heads: int, act: str) -> dict[str, Any]:
    return {
        "hidden_size": width,
        "intermediate_size": 4 * width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "hidden_act": act,
    }


def _write_tokenizer(folder: Path) -> None:
    ours = ClipTokenizer.from_vocabulary(open_clip_vocabulary())
    ids = {_NAMES.get(word, word): number for word, number in ours.ids.items()}
    _write_json(folder / "vocab.json", ids)
    merges = "\n".join(["#version: 0.2", *ours.merges, ""])
    (folder / "merges.txt").write_text(merges, encoding="utf-8")
    marks = {"bos_token": _NAMES[BOS], **dict.fromkeys(("eos_token", "unk_token"), _NAMES[EOT])}
    tokenizer = {"tokenizer_class": "CLIPTokenizer", "pad_token": _NAMES[EOT], **marks}
    _write_json(folder / "tokenizer_config.json", tokenizer)


def _write_json(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value), encoding="utf-8")
