"""Where a model lies on this machine, and whether all of it is there. Reads no weights."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from framed.errors import StartupError
from framed.regular_file import read_regular_text
from runners.clip.transformers_folder.records import RECORDS as TRANSFORMERS_RECORDS

CONFIG_FILE = "open_clip_config.json"
WEIGHTS_FILE = "open_clip_model.safetensors"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
TEXT_TOWER_FOLDER = "text_tower"
TEXT_TOWER_FILE = f"{TEXT_TOWER_FOLDER}/config.json"

Form = Literal["open_clip", "transformers", "prepared"]  # the library that saved a model, or we
OPEN_CLIP: Form = "open_clip"
TRANSFORMERS: Form = "transformers"
PREPARED: Form = "prepared"

_WEIGHTS_ORDER = (WEIGHTS_FILE, "open_clip_pytorch_model.safetensors")  # as open_clip prefers them
_PICKLED = (".bin", ".pth", ".pt")


@dataclass(frozen=True)
class ModelFiles:
    """A model that is on this machine.

    `model_id` is the name that answers carry. `folder` holds the configuration and `weights`,
    unless `architecture` names one of open_clip's own and `weights` stands alone. `sizes` are the
    square sides allowed, None for all that the tower can take. Where several files hold the weights
    these are `shards`, and `weights` is their index. `embedded` is true of what comes with Framed.
    `checkpoint` is the checksum of the checkpoint that a prepared folder was made of, None of all
    others.
    """

    name: str
    model_id: str
    aliases: tuple[str, ...]
    folder: Path
    weights: Path
    architecture: str | None
    sizes: tuple[int, ...] | None
    note: str
    form: Form = OPEN_CLIP
    shards: tuple[Path, ...] = ()
    embedded: bool = False
    checkpoint: str | None = None

    @property
    def weight_files(self) -> tuple[Path, ...]:
        """Every file that holds weights."""
        return self.shards or (self.weights,)

    @property
    def records(self) -> tuple[Path, ...]:
        """The files that say what the weights are and how photos and texts enter; none where
        `architecture` says it."""
        if self.architecture is not None:
            return ()
        if self.form == PREPARED:
            return ()
        if self.form == TRANSFORMERS:
            return _present(self.folder, TRANSFORMERS_RECORDS)
        return _present(self.folder, (CONFIG_FILE, *TOKENIZER_FILES, TEXT_TOWER_FILE))


def model_in_folder(
    folder: Path,
    *,
    name: str,
    model_id: str,
    aliases: tuple[str, ...] = (),
    sizes: tuple[int, ...] | None = None,
    note: str = "",
    quick_gelu: bool | None = None,
    embedded: bool = False,
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
    return ModelFiles(
        name, model_id, aliases, folder, weights, None, sizes, note, embedded=embedded
    )


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


def text_parts(folder: Path, text_config: Mapping[str, Any]) -> tuple[Path, ...]:
    """The files of `folder` that its texts depend on beside the weights: tokenizer and text tower
    of the transformers library, where `text_config` names them; those that are there."""
    tokenizer = TOKENIZER_FILES if _names_library(text_config) else ()
    tower = (TEXT_TOWER_FILE,) if text_config.get("hf_model_name") else ()
    return _present(folder, (*tokenizer, *tower))


def _present(folder: Path, names: Iterable[str]) -> tuple[Path, ...]:
    return tuple(folder / name for name in names if (folder / name).is_file())


def _names_library(text_config: Mapping[str, Any]) -> bool:
    return bool(text_config.get("hf_tokenizer_name") or text_config.get("hf_model_name"))


def _read_config(folder: Path) -> dict[str, Any]:
    file = folder / CONFIG_FILE
    if not folder.is_dir():
        raise StartupError(f"There is no model folder {folder}.")
    if not file.is_file():
        raise StartupError(
            f"{folder} holds no {CONFIG_FILE}: a model folder has it beside {WEIGHTS_FILE}, or is "
            "one that transformers saved, with a config.json."
        )
    try:
        config = json.loads(read_regular_text(file))["model_cfg"]
        return {**config, "text_cfg": dict(config["text_cfg"])}
    except json.JSONDecodeError as error:
        raise StartupError(f"{file}, line {error.lineno}: {error.msg}.") from None
    except (KeyError, TypeError, UnicodeDecodeError):
        raise StartupError(f"{file} has no `model_cfg` with a `text_cfg` in it.") from None
    except OSError as error:
        raise StartupError(f"{file} cannot be read: {error.strerror}.") from None


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
    if not _names_library(text):
        return
    missing = [name for name in TOKENIZER_FILES if not (folder / name).is_file()]
    if text.get("hf_model_name") and not (folder / TEXT_TOWER_FILE).is_file():
        missing.append(TEXT_TOWER_FILE)
    if missing:
        raise StartupError(f"{folder} lacks {', '.join(missing)}, which its text tower needs.")
    if importlib.util.find_spec("transformers") is None:
        raise StartupError(
            f"The model in {folder} needs the package `transformers`, which is Framed's extra "
            "`text`: pip install transformers"
        )
