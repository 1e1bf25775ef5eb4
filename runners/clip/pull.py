"""Fetches a model from the Hugging Face hub into a folder; the only thing here that goes online."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runners.clip.locate import folder_name
from runners.clip.model_files import (
    CONFIG_FILE,
    TEXT_TOWER_FOLDER,
    TOKENIZER_FILES,
    WEIGHTS_FILE,
    is_complete,
)
from runners.clip.presets import HUB_PREFIX, find_preset, load_presets

WANTED = (
    CONFIG_FILE,
    WEIGHTS_FILE,
    *TOKENIZER_FILES,
    "special_tokens_map.json",
    "*.spm",
    "*.model",  # sentencepiece
)

Fetch = Callable[[str, tuple[str, ...], Path], None]


class PullError(Exception):
    """The model could not be fetched; the message says why and what to do."""


@dataclass(frozen=True)
class HubModel:
    """A model on the hub: its id `owner/name`, the folder name it gets here, and the repository
    whose `config.json` describes its text tower, if that is another."""

    hub_id: str
    folder_name: str
    text_tower: str | None = None


def hub_model(word: str, config_dir: Path) -> HubModel:
    """The hub model that a preset, an alias or `hf-hub:owner/name` means.

    Raises `PullError` for an embedded model and for any other word, `StartupError` for a
    malformed hub id.
    """
    presets = load_presets(config_dir)
    if preset := find_preset(word, presets):
        if preset.hub_id is None:
            raise PullError(f"{preset.name} comes with Framed: there is nothing to fetch.")
        return HubModel(preset.hub_id, preset.name, preset.text_tower)
    if word.startswith(HUB_PREFIX):
        hub_id = word.removeprefix(HUB_PREFIX)
        return HubModel(hub_id, folder_name(hub_id))
    names = ", ".join(preset.name for preset in presets if preset.hub_id)
    raise PullError(f"{word!r} is no model of the hub. Known: {names}, or hf-hub:owner/name.")


def fetch_from_hub(hub_id: str, patterns: tuple[str, ...], folder: Path) -> None:
    """Downloads the files of `hub_id` that match `patterns` into `folder`, showing progress.

    Raises `PullError` without a network, without access, and for a repository that is not there.
    """
    import httpx
    from huggingface_hub import snapshot_download

    try:
        snapshot_download(hub_id, allow_patterns=list(patterns), local_dir=folder)
    except (OSError, httpx.HTTPError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise PullError(
            f"{hub_id} could not be fetched: {reason}\n"
            "Check the network (HF_HUB_OFFLINE must not be set), or fetch on another machine and "
            "copy the folder."
        ) from None


def pull(model: HubModel, target: Path, fetch: Fetch = fetch_from_hub) -> None:
    """Puts `model` into the folder `target`, which appears only once all of it is there.

    Raises `PullError`; what was fetched until then is removed.
    """
    if target.exists() and any(target.iterdir()):
        raise PullError(f"{target} is not empty: remove it first, or name another folder.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pull-") as part:
        folder = Path(part) / target.name
        fetch(model.hub_id, WANTED, folder)
        if model.text_tower:
            fetch(model.text_tower, ("config.json",), folder / TEXT_TOWER_FOLDER)
        if not is_complete(folder):
            raise PullError(f"{model.hub_id} holds no {CONFIG_FILE} with {WEIGHTS_FILE}.")
        for leftover in list(folder.rglob(".cache")):
            shutil.rmtree(leftover)
        folder.replace(target)
