"""Where the cache folder keeps what belongs to one model."""

from __future__ import annotations

from pathlib import Path

from framed.settings import Settings
from runners.clip.banks.group import GroupFile


def folder_name(model: str) -> str:
    """The folder of the model of that name."""
    return model.replace("/", "--")


def banks_folder(model: str, settings: Settings) -> Path:
    """Where its banks are kept, in a folder for each way to make vectors."""
    return settings.cache_dir / "banks" / folder_name(model)


def group_file(model: str, settings: Settings) -> GroupFile | None:
    """What it shares with other replicas; None: nothing."""
    group = settings.replica_group
    return GroupFile(banks_folder(model, settings) / "groups", group) if group else None
