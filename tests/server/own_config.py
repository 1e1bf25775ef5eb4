"""A configuration folder that a test may change: the product's own, copied, and banks of words."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.server.running import REPO

COLOURS = ("red", "green", "blue", "white", "black", "brown", "grey", "golden", "pink", "violet")
SIZES = ("small", "large")
THINGS = {
    "a": ("boat", "house", "horse", "bicycle", "lamp", "apple", "tower", "river", "coat", "cup"),
    "b": ("car", "church", "dog", "train", "chair", "pear", "bridge", "lake", "hat", "plate"),
    "c": ("bus", "barn", "goat", "tram", "bench", "plum", "gate", "pond", "shoe", "bowl"),
}
TEMPLATES = ("{}", "a photo of a {}", "a picture of the {}", "a {} outside", "one {} in the light")


def own_config(folder: Path) -> Path:
    """A copy of the product's configuration folder, models included, below `folder`."""
    return Path(shutil.copytree(REPO / "config", folder / "config"))


def words(version: str) -> list[str]:
    """200 labels; those of two versions have none in common."""
    return [" ".join(parts) for parts in itertools.product(SIZES, COLOURS, THINGS[version])]


def write_bank(
    config: Path, name: str, labels: Sequence[str], templates: Sequence[str] = TEMPLATES
) -> Path:
    """Write a bank as an operator would, and return its labels file: a label a line."""
    folder = config / "banks" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "templates.json").write_text(json.dumps({"templates": list(templates)}))
    file = folder / "labels.json"
    file.write_text(json.dumps({"labels": list(labels)}, indent=1))
    return file
