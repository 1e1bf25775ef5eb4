"""From the word that names a model to its files on this machine; never touches the network."""

from __future__ import annotations

import difflib
import importlib.util
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from framed.errors import StartupError
from framed.extras import AbsentError, absence, is_there
from framed.settings.upkeep import default_cache_dir
from runners.clip.model_files import CONFIG_FILE, ModelFiles, is_complete, model_in_folder
from runners.clip.prepared.portable import is_portable, model_in_portable
from runners.clip.presets import EMBEDDED, HUB_PREFIX, Preset, find_preset, load_presets
from runners.clip.transformers_folder.folder import (
    is_transformers_folder,
    model_in_transformers_folder,
)

FOLDER_PREFIX = "local-dir:"

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_ARCHITECTURE_AND_FILE = re.compile(r"(?P<architecture>[\w.-]+)\s*[:+]\s*(?P<file>.+)")
_PATH_STARTS = ("/", "./", "../", "~")
_FORMS = (
    "a preset or alias, `hf-hub:owner/name`, `local-dir:folder`, "
    "or `architecture:weights.safetensors`"
)


class ModelAbsentError(StartupError):
    """A known model whose files are not on this machine."""


def locate(model: str, config_dir: Path, cache_dir: Path) -> ModelFiles:
    """The files of `model`, which is a preset, an alias, `hf-hub:owner/name`, `local-dir:folder`,
    a folder (open_clip's, transformers' or a prepared one), or `architecture:file.safetensors`.

    Looks into `config_dir`/models, `cache_dir`/models and the local Hugging Face cache. Raises
    `StartupError` that says what to run where files are absent, and what is known where the name
    is not.
    """
    word = model.strip()
    presets = load_presets(config_dir)
    if preset := find_preset(word, presets):
        return _of_preset(preset, config_dir, cache_dir)
    if word.startswith(FOLDER_PREFIX):
        return _of_folder(Path(word.removeprefix(FOLDER_PREFIX)))
    if word.startswith(HUB_PREFIX):
        return _of_hub(word.removeprefix(HUB_PREFIX), config_dir, cache_dir)
    if word and Path(word).expanduser().is_dir():
        return _of_folder(Path(word))
    if match := _ARCHITECTURE_AND_FILE.fullmatch(word):
        return _of_file(match["architecture"], Path(match["file"]).expanduser())
    if word.startswith(_PATH_STARTS):
        raise StartupError(f"There is no model folder {word}.")
    raise StartupError(_unknown(word, presets))


def folder_name(hub_id: str) -> str:
    """What the folder of a hub model without a preset is called: `owner--name`."""
    if not _HUB_ID.fullmatch(hub_id) or ".." in hub_id:
        raise StartupError(f"{HUB_PREFIX}{hub_id} is no hub model: it must be owner/name.")
    return hub_id.replace("/", "--")


def _of_preset(preset: Preset, config_dir: Path, cache_dir: Path) -> ModelFiles:
    for folder in _places(preset.name, preset.hub_id, config_dir, cache_dir):
        if is_portable(folder):
            return _prepared_as(folder, preset.model_id)
        if is_complete(folder):
            return model_in_folder(
                folder,
                name=preset.name,
                model_id=preset.model_id,
                aliases=preset.aliases,
                sizes=preset.sizes,
                note=preset.note,
                quick_gelu=preset.quick_gelu,
                embedded=preset.source == EMBEDDED,
            )
    if preset.source == EMBEDDED:
        raise ModelAbsentError(
            f"The model {preset.name} should lie in {config_dir / 'models' / preset.name}, but "
            "its files are not there: restore them, or choose another model."
        )
    raise ModelAbsentError(_absent(f"{preset.name} ({preset.hub_id})", preset.name, cache_dir))


def _of_hub(hub_id: str, config_dir: Path, cache_dir: Path) -> ModelFiles:
    for folder in _places(folder_name(hub_id), hub_id, config_dir, cache_dir):
        if is_portable(folder):
            return _prepared_as(folder, hub_id)
        if is_complete(folder):
            return model_in_folder(folder, name=hub_id, model_id=hub_id)
    raise ModelAbsentError(_absent(hub_id, HUB_PREFIX + hub_id, cache_dir))


def _prepared_as(folder: Path, model_id: str) -> ModelFiles:
    """What was prepared into `folder`, which lies where the model `model_id` is looked for."""
    found = model_in_portable(folder)
    if found.model_id != model_id:
        raise StartupError(f"{folder} holds {found.model_id}, not {model_id}: move it elsewhere.")
    return found


def _of_folder(folder: Path) -> ModelFiles:
    folder = folder.expanduser().resolve()
    if is_portable(folder):
        return model_in_portable(folder)
    if is_transformers_folder(folder):
        return model_in_transformers_folder(folder)
    return model_in_folder(folder, name=folder.name, model_id=folder.name)


def _of_file(architecture: str, file: Path) -> ModelFiles:
    known = _architectures()
    if architecture not in known:
        raise StartupError(
            f"open_clip knows no architecture {architecture!r}{_nearest(architecture, known)}"
        )
    if file.suffix != ".safetensors":
        raise StartupError(
            f"{file} is no .safetensors file; other weight files can run code when opened."
        )
    if not file.is_file():
        raise StartupError(f"There is no weights file {file}.")
    name = f"{architecture}:{file.name}"
    note = (
        f"activation and preprocessing taken from the name {architecture}: {file.name} brings no "
        f"record of its own (a folder with {CONFIG_FILE} does)"
    )
    file = file.resolve()
    return ModelFiles(name, name, (), file.parent, file, architecture, None, note)


def _places(name: str, hub_id: str | None, config_dir: Path, cache_dir: Path) -> Iterator[Path]:
    yield config_dir / "models" / name
    yield cache_dir / "models" / name
    if hub_id and (snapshot := _cached_snapshot(hub_id)):
        yield snapshot


def _cached_snapshot(hub_id: str) -> Path | None:
    """The folder of the hub's own local cache that holds this model, if it was ever fetched."""
    from huggingface_hub import try_to_load_from_cache  # 0.4 s: only where nothing nearer was found

    found = try_to_load_from_cache(hub_id, CONFIG_FILE)
    return Path(found).parent if isinstance(found, str) else None


def _architectures() -> tuple[str, ...]:
    """open_clip's own architecture names, read off its files: importing it takes seconds."""
    package = importlib.util.find_spec("open_clip")
    if package is None or not package.submodule_search_locations:
        raise AbsentError(f"{absence('A model given as architecture:file')}.")
    folder = Path(package.submodule_search_locations[0]) / "model_configs"
    return tuple(sorted(file.stem for file in folder.glob("*.json")))


def _absent(what: str, word: str, cache_dir: Path) -> str:
    into = "" if cache_dir == default_cache_dir() else f"FRAMED_CACHE_DIR={cache_dir} "
    if not is_there():
        return (
            f"The model {what} is not on this machine, and this set-up could not prepare it. Where "
            f"the full one is: python -m framed models prepare {word} --into FOLDER. Copy that "
            f"folder to this machine, and name its path instead of {word}."
        )
    return (
        f"The model {what} is not on this machine. "
        f"Fetch it once with: {into}python -m framed models pull {word}"
    )


def _unknown(word: str, presets: Sequence[Preset]) -> str:
    words = [name for preset in presets for name in preset.words]
    names = ", ".join(preset.name for preset in presets)
    return f"Unknown model {word!r}{_nearest(word, words)} Known: {names}. Give {_FORMS}."


def _nearest(word: str, words: Sequence[str]) -> str:
    lower = {name.casefold(): name for name in words}
    close = difflib.get_close_matches(word.casefold(), lower, n=1, cutoff=0.5)
    return f"; did you mean {lower[close[0]]}?" if close else "."
