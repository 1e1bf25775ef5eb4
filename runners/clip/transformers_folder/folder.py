"""Recognises such a folder, and finds its files; reads no weights and imports no model library."""

from __future__ import annotations

import re
from pathlib import Path

from framed.errors import StartupError
from runners.clip.model_files import CONFIG_FILE, TRANSFORMERS, ModelFiles
from runners.clip.transformers_folder.architecture import open_clip_config
from runners.clip.transformers_folder.preprocess import preprocess_of
from runners.clip.transformers_folder.records import RECORD_FILE, Record, read_record
from runners.clip.transformers_folder.vocabulary import check_vocabulary

WEIGHTS_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"

_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack")
_NAME = re.compile(r"(?![0-9a-f]{40}$)[A-Za-z0-9][\w.-]*")  # 40 hex digits name a snapshot
_CONVERT = (
    'python -c "from transformers import CLIPModel as M; '
    "M.from_pretrained('{0}').save_pretrained('{0}')\""
)


def is_transformers_folder(folder: Path) -> bool:
    """Whether `folder` is a model of the transformers library, and not open_clip's too."""
    return (folder / RECORD_FILE).is_file() and not (folder / CONFIG_FILE).is_file()


def model_in_transformers_folder(folder: Path) -> ModelFiles:
    """The model of `folder`, which looks at its own size only.

    Raises `StartupError` for a file that is missing or broken, and for whatever the towers,
    the preprocessing and the tokenizer of Framed would do differently.
    """
    record = read_record(folder / RECORD_FILE)
    side = int(open_clip_config(record)["vision_cfg"]["image_size"])
    weights, shards = _weights_in(folder)
    preprocess_of(folder, side)
    check_vocabulary(folder)
    return ModelFiles(
        name=folder.name,
        model_id=_model_id(record, folder),
        aliases=(),
        folder=folder,
        weights=weights,
        architecture=None,
        sizes=(side,),
        note="",
        form=TRANSFORMERS,
        shards=shards,
    )


def _model_id(record: Record, folder: Path) -> str:
    """The last part of the path or hub id that the model was once loaded from, if it is a name."""
    origin = str(record.values.get("_name_or_path") or "").rstrip("/\\")
    last = re.split(r"[/\\]", origin)[-1]
    return last if _NAME.fullmatch(last) else folder.name


def _weights_in(folder: Path) -> tuple[Path, tuple[Path, ...]]:
    """The file of the weights, or the index of several and those."""
    if (folder / WEIGHTS_FILE).is_file():
        return folder / WEIGHTS_FILE, ()
    if (folder / INDEX_FILE).is_file():
        return folder / INDEX_FILE, _shards(folder)
    pickled = sorted(file.name for file in folder.iterdir() if file.suffix in _PICKLED)
    if pickled:
        raise StartupError(
            f"{folder} holds {', '.join(pickled)} but no {WEIGHTS_FILE}: such files can run code "
            f"when opened. Save the weights as safetensors once, where you trust them: "
            f"{_CONVERT.format(folder)}"
        )
    raise StartupError(f"{folder} holds no weights: {WEIGHTS_FILE} is missing.")


def _shards(folder: Path) -> tuple[Path, ...]:
    index = read_record(folder / INDEX_FILE)
    places = index.values.get("weight_map")
    if not isinstance(places, dict) or not places:
        raise StartupError(f"{index.place} has no `weight_map`.")
    names = sorted(set(map(str, places.values())))
    for name in names:
        if Path(name).name != name or Path(name).suffix != ".safetensors":
            raise StartupError(f"{index.place} names {name!r}, which is no safetensors file here.")
        if not (folder / name).is_file():
            raise StartupError(f"{folder} lacks {name}, a part of its weights.")
    return tuple(folder / name for name in names)
