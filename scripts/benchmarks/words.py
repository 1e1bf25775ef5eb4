"""A label bank as large as they get: 200 labels of three words, five templates."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

_SIZES = ("small", "large")
_COLOURS = ("red", "green", "blue", "white", "black", "brown", "grey", "golden", "pink", "violet")
_THINGS = ("boat", "house", "horse", "bicycle", "lamp", "apple", "tower", "river", "coat", "cup")
LABELS = tuple(" ".join(words) for words in itertools.product(_SIZES, _COLOURS, _THINGS))
TEMPLATES = ("{}", "a photo of a {}", "a picture of the {}", "a {} outside", "one {} in the light")


def write_bank(config: Path, name: str, labels: Sequence[str] = LABELS) -> None:
    """The bank as an operator writes it, below the configuration folder `config`."""
    folder = config / "banks" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "labels.json").write_text(json.dumps({"labels": list(labels)}))
    (folder / "templates.json").write_text(json.dumps({"templates": list(TEMPLATES)}))
