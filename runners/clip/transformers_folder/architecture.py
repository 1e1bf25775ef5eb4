"""What a transformers CLIP record says of its towers, in open_clip's words."""

from __future__ import annotations

import math
from typing import Any

from framed.errors import StartupError
from runners.clip.transformers_folder.records import Record

MODEL_TYPE = "clip"
IDS = 49_408  # of CLIP's vocabulary
ENDS = (2, IDS - 1)  # 2: what early records say of a model that is pooled at its highest id
COLOURS = 3

_QUICK_GELU = {"quick_gelu": True, "gelu": False}
_DEFAULTS: dict[str, Any] = {"num_hidden_layers": 12, "hidden_act": "quick_gelu"}
_DEFAULTS |= {"layer_norm_eps": 1e-5}  # a record leaves out what is as the library has it
_TEXT: dict[str, Any] = {
    **_DEFAULTS,
    "hidden_size": 512,
    "intermediate_size": 2048,
    "num_attention_heads": 8,
    "max_position_embeddings": 77,
    "vocab_size": IDS,
    "eos_token_id": IDS - 1,
}
_VISION: dict[str, Any] = {
    **_DEFAULTS,
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_attention_heads": 12,
    "num_channels": COLOURS,
    "image_size": 224,
    "patch_size": 32,
}
_DIMENSIONS = 512


def open_clip_config(record: Record) -> dict[str, Any]:
    """The arguments of open_clip's `CLIP` for the model of a config.json.

    Raises `StartupError` that names what open_clip's classes would compute differently.
    """
    if record.values.get("model_type") != MODEL_TYPE:
        raise record.refusal("model_type", f'of transformers models only "{MODEL_TYPE}" is served')
    if record.values.get("quantization_config"):
        raise record.refusal("quantization_config", "save the model in fp32, fp16 or bf16")
    whole = Record({"projection_dim": _DIMENSIONS, **record.values}, record.place)
    text, vision = _part(record, "text_config", _TEXT), _part(record, "vision_config", _VISION)
    return {
        "embed_dim": whole.count("projection_dim"),
        "quick_gelu": _quick_gelu(text, vision),
        "vision_cfg": _vision(vision),
        "text_cfg": _text(text),
    }


def _part(record: Record, name: str, defaults: dict[str, Any]) -> Record:
    """One tower's values; an early form of the record, `name`_dict, wins whole where it stands."""
    early = record.values.get(f"{name}_dict")
    stated = early if early is not None else record.values.get(name) or {}
    place = f"{record.place}, {name}{'' if early is None else '_dict'},"
    if not isinstance(stated, dict):
        raise StartupError(f"{place} is no JSON object.")
    return Record({**defaults, **stated}, place)


def _vision(part: Record) -> dict[str, Any]:
    if part.values["num_channels"] != COLOURS:
        raise part.refusal("num_channels", f"photos have {COLOURS}")
    side, patch = part.count("image_size"), part.count("patch_size")
    if patch > side:
        raise part.refusal("patch_size", f"an image of {side} pixels holds no such patch")
    return {
        "image_size": side,
        "patch_size": patch,
        "head_width": part.count("hidden_size") // _heads(part),
        **_tower(part),
    }


def _text(part: Record) -> dict[str, Any]:
    if part.values["eos_token_id"] not in ENDS:
        raise part.refusal("eos_token_id", f"texts of CLIP end with {ENDS[1]} (or 2, as it was)")
    if (ids := part.count("vocab_size")) < IDS:
        raise part.refusal("vocab_size", f"CLIP's vocabulary has {IDS} ids")
    if (length := part.count("max_position_embeddings")) < 2:
        raise part.refusal("max_position_embeddings", "no text fits into it")
    return {
        "context_length": length,
        "vocab_size": ids,
        "heads": _heads(part),
        "pool_type": "argmax",  # the end token has the highest id that is ever written
        **_tower(part),
    }


def _tower(part: Record) -> dict[str, Any]:
    width = part.count("hidden_size")
    return {
        "width": width,
        "layers": part.count("num_hidden_layers"),
        "mlp_ratio": _ratio(part.count("intermediate_size"), width),
        "norm_kwargs": {"eps": part.number("layer_norm_eps")},
    }


def _heads(part: Record) -> int:
    heads, width = part.count("num_attention_heads"), part.count("hidden_size")
    if width % heads:
        raise part.refusal("num_attention_heads", f"a width of {width} cannot be shared by so many")
    return heads


def _ratio(hidden: int, width: int) -> float:
    """`hidden` / `width`, so that open_clip's int(width * ratio) is `hidden` again."""
    ratio = hidden / width
    return ratio if int(width * ratio) == hidden else math.nextafter(ratio, math.inf)


def _quick_gelu(text: Record, vision: Record) -> bool:
    for part in (text, vision):
        if part.values["hidden_act"] not in _QUICK_GELU:
            raise part.refusal("hidden_act", f"only {' and '.join(_QUICK_GELU)} are served")
    if text.values["hidden_act"] != vision.values["hidden_act"]:
        raise vision.refusal("hidden_act", "both towers must have the same")
    return _QUICK_GELU[vision.values["hidden_act"]]
