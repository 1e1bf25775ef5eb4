"""Where a model lies on this machine, and whether all of it is there. Reads no weights."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framed.errors import StartupError

CONFIG_FILE = "open_clip_config.json"
WEIGHTS_FILE = "open_clip_model.safetensors"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
TEXT_TOWER_FOLDER = "text_tower"

_WEIGHTS_ORDER = (WEIGHTS_FILE, "open_clip_pytorch_model.safetensors")  # as open_clip prefers them
_PICKLED = (".bin", ".pth", ".pt")


@dataclass(frozen=True)
class ModelFiles:
    """A model that is on this machine.

    `model_id` is the name that answers carry. `folder` holds the configuration and `weights`,
    unless `architecture` names one of open_clip's own and `weights` stands alone. `sizes` are the
    square sides allowed, None for all that the tower can take.
    """

    name: str
    model_id: str
    aliases: tuple[str, ...]
    folder: Path
    weights: Path
    architecture: str | None
    sizes: tuple[int, ...] | None
    note: str


def model_in_folder(
    folder: Path,
    *,
    name: str,
    model_id: str,
    aliases: tuple[str, ...] = (),
    sizes: tuple[int, ...] | None = None,
    note: str = "",
    quick_gelu: bool | None = None,
) -> ModelFiles:
    """The model of `folder`; `quick_gelu` is the activation its record must state, None for any.

    Raises `StartupError` that names the file that is missing, broken or of the wrong kind.
    """
    config = _read_config(folder)
    weights = weights_in(folder)
    if weights is None:
        raise StartupError(_no_weights(folder))
    _check_activation(folder, config, quick_gelu)
    _check_text_parts(folder, config)
    return ModelFiles(name, model_id, aliases, folder, weights, None, sizes, note)


def is_complete(folder: Path) -> bool:
    """Whether `folder` holds a configuration and weights that open_clip can load."""
    return (folder / CONFIG_FILE).is_file() and weights_in(folder) is not None


def weights_in(folder: Path) -> Path | None:
    """The one safetensors file of `folder` that open_clip loads, or None."""
    for name in _WEIGHTS_ORDER:
        if (folder / name).is_file():
            return folder / name
    if any(file.suffix in _PICKLED for file in folder.glob("*")):
        return None  # open_clip would prefer some of these: too easy to load another model
    return next(iter(sorted(folder.glob("*.safetensors"))), None)


def _read_config(folder: Path) -> dict[str, Any]:
    file = folder / CONFIG_FILE
    if not folder.is_dir():
        raise StartupError(f"There is no model folder {folder}.")
    if not file.is_file():
        raise StartupError(f"{folder} holds no {CONFIG_FILE}: {_what_it_is(folder)}")
    try:
        config = json.loads(file.read_text(encoding="utf-8"))["model_cfg"]
        return {**config, "text_cfg": dict(config["text_cfg"])}
    except json.JSONDecodeError as error:
        raise StartupError(f"{file}, line {error.lineno}: {error.msg}.") from None
    except (KeyError, TypeError, UnicodeDecodeError):
        raise StartupError(f"{file} has no `model_cfg` with a `text_cfg` in it.") from None
    except OSError as error:
        raise StartupError(f"{file} cannot be read: {error.strerror}.") from None


def _what_it_is(folder: Path) -> str:
    if (folder / "config.json").is_file():
        return "it looks like a transformers model; save it in open_clip's form first."
    return f"a model folder has {CONFIG_FILE} beside {WEIGHTS_FILE}."


def _no_weights(folder: Path) -> str:
    pickled = sorted(file.name for file in folder.glob("*") if file.suffix in _PICKLED)
    if pickled:
        return (
            f"{folder} holds {', '.join(pickled)} but no {WEIGHTS_FILE}: "
            "pickled weights can run code when opened; save them as safetensors."
        )
    return f"{folder} holds no weights: {WEIGHTS_FILE} is missing."


def _check_activation(folder: Path, config: dict[str, Any], expected: bool | None) -> None:
    stated = bool(config.get("quick_gelu", False))
    if expected is not None and stated != expected:
        raise StartupError(
            f"{folder / CONFIG_FILE} says quick_gelu={str(stated).lower()}, but these weights were "
            f"trained with {str(expected).lower()}: the numbers would be wrong without a word."
        )


def _check_text_parts(folder: Path, config: dict[str, Any]) -> None:
    """Towers and tokenizers of the transformers library need it, and files of their own."""
    text = config["text_cfg"]
    if not (text.get("hf_tokenizer_name") or text.get("hf_model_name")):
        return
    missing = [name for name in TOKENIZER_FILES if not (folder / name).is_file()]
    if text.get("hf_model_name") and not (folder / TEXT_TOWER_FOLDER / "config.json").is_file():
        missing.append(f"{TEXT_TOWER_FOLDER}/config.json")
    if missing:
        raise StartupError(f"{folder} lacks {', '.join(missing)}, which its text tower needs.")
    if importlib.util.find_spec("transformers") is None:
        raise StartupError(
            f"The model in {folder} needs the package `transformers`: pip install transformers"
        )
