"""How a transformers CLIP model wants its square, as its folder says it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from framed.errors import StartupError
from framed.photo import Interpolation, ResizeMode
from runners.clip.model_facts import PreprocessFacts
from runners.clip.transformers_folder.records import (
    NESTED_FILE,
    PREPROCESS_FILE,
    Record,
    read_record,
)

_CLASSES = frozenset(
    {
        "CLIPImageProcessor",
        "CLIPImageProcessorFast",
        "CLIPImageProcessorPil",
        "CLIPFeatureExtractor",
    }
)
_INTERPOLATIONS: dict[int, Interpolation] = {2: "bilinear", 3: "bicubic"}  # Pillow's numbers
_DEFAULTS: dict[str, Any] = {  # what the library takes for a value that is left out
    "do_resize": True,
    "size": {"shortest_edge": 224},
    "resample": 3,
    "do_center_crop": True,
    "crop_size": {"height": 224, "width": 224},
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
    "do_convert_rgb": True,
}


def preprocess_of(folder: Path, side: int) -> PreprocessFacts:
    """The preprocessing of the model in `folder`, whose image tower looks at `side` pixels.

    Raises `StartupError` for a way to the square that Framed cannot go, and where none is stated.
    """
    record = _image_processor(folder)
    _check_steps(record)
    normalizes = bool(record.values["do_normalize"])
    return PreprocessFacts(
        mean=_three(record, "image_mean", above=-math.inf) if normalizes else (0.0, 0.0, 0.0),
        std=_three(record, "image_std", above=0) if normalizes else (1.0, 1.0, 1.0),
        interpolation=_interpolation(record),
        resize_mode=_resize_mode(record, side),
        fill=(0, 0, 0),
    )


def _image_processor(folder: Path) -> Record:
    """The library's own order: the nested form first, where the file has it."""
    nested, plain = folder / NESTED_FILE, folder / PREPROCESS_FILE
    found: Record | None = None
    if nested.is_file():
        given = read_record(nested).values.get("image_processor")
        found = Record(given, f"{nested}, image_processor,") if isinstance(given, dict) else None
    if found is None and not plain.is_file():
        raise StartupError(f"{folder} holds no {PREPROCESS_FILE}: how photos enter is not known.")
    found = found or read_record(plain)
    return Record({**_DEFAULTS, **_stated(found)}, found.place)


def _stated(record: Record) -> dict[str, Any]:
    return {key: value for key, value in record.values.items() if value is not None}


def _check_steps(record: Record) -> None:
    for key in ("image_processor_type", "feature_extractor_type"):
        if record.values.get(key, "CLIPImageProcessor") not in _CLASSES:
            raise record.refusal(key, "only CLIP's own is served")
    for key, value in record.values.items():
        if key.startswith("do_") and key not in _DEFAULTS and value:
            raise record.refusal(key, "Framed has no such step")
    for key in ("do_resize", "do_rescale"):
        if not record.values[key]:
            raise record.refusal(key, "the model would be given photos as they happen to come")
    if not math.isclose(record.number("rescale_factor"), 1 / 255, rel_tol=1e-6):
        raise record.refusal("rescale_factor", "only 1/255 is served")


def _interpolation(record: Record) -> Interpolation:
    resample = record.values["resample"]
    if type(resample) is not int or resample not in _INTERPOLATIONS:
        raise record.refusal("resample", "only 2 (bilinear) and 3 (bicubic) are served")
    return _INTERPOLATIONS[resample]


def _resize_mode(record: Record, side: int) -> ResizeMode:
    """Short side to `side` and the middle of it, or both sides to `side`."""
    size = record.values["size"]
    square = {"height": side, "width": side}
    if record.values["do_center_crop"] and record.values["crop_size"] not in (side, square):
        raise record.refusal("crop_size", f"the model looks at {side} x {side} pixels")
    if size == square:
        return "squash"
    if size in (side, {"shortest_edge": side}) and record.values["do_center_crop"]:
        return "shortest_floor"  # as the library halves an odd margin
    if record.values["do_center_crop"]:
        raise record.refusal("size", f"only a resize to the model's own {side} pixels is served")
    raise record.refusal("do_center_crop", "photos would not come out square")


def _three(record: Record, key: str, *, above: float) -> tuple[float, float, float]:
    values = record.values[key]
    if isinstance(values, int | float):
        values = [values] * 3
    try:
        red, green, blue = map(float, values)
    except (TypeError, ValueError):
        raise record.refusal(key, "three numbers are needed") from None
    if not all(above < value < math.inf for value in (red, green, blue)):
        raise record.refusal(key, "such a number is not possible")
    return red, green, blue
