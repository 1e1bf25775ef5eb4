"""How long a model's embeddings are, from its record alone: for models that are not loaded."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

from framed.regular_file import read_regular_text
from runners.clip.model_files import CONFIG_FILE, PREPARED, ModelFiles
from runners.clip.prepared.folder import FACTS


def embedding_dim(files: ModelFiles) -> int:
    """The dimensions of the embeddings of the model of `files`; 0 where its record is silent."""
    try:
        if files.architecture:
            return int(_read(_known(files.architecture))["embed_dim"])
        if files.form == PREPARED:
            return int(_read(files.folder / FACTS)["model"]["embedding_dim"])
        if (files.folder / CONFIG_FILE).is_file():
            return int(_read(files.folder / CONFIG_FILE)["model_cfg"]["embed_dim"])
        return int(_read(files.folder / "config.json")["projection_dim"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _known(architecture: str) -> Path:
    """open_clip's own record, found without importing it."""
    package = importlib.util.find_spec("open_clip")
    if package is None or package.origin is None:
        raise FileNotFoundError("open_clip")
    return Path(package.origin).parent / "model_configs" / f"{architecture}.json"


def _read(file: Path) -> Any:
    return json.loads(read_regular_text(file))
