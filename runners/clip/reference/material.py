"""The reference photos, words and labels, as they ship in `config/reference`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from framed.regular_file import MIB, read_regular, read_regular_text

FOLDER = "reference"
RECORD, PHOTOS = "reference.json", "photos"
MOST_BYTES = 16 * MIB  # of a photo

_OWN = Path(__file__).resolve().parents[3] / "config" / FOLDER


@dataclass(frozen=True)
class Material:
    """`words` are everyday ones. Every photo was judged on all `labels`; `true_of` holds those that
    may be said of it, by file name. `version` (16 hex digits) changes with any of it."""

    folder: Path
    words: tuple[str, ...]
    labels: tuple[str, ...]
    true_of: dict[str, frozenset[str]]
    version: str

    @property
    def truth(self) -> npt.NDArray[np.bool_]:
        """Which label is true of which photo, [P, N]."""
        return np.array([[each in true for each in self.labels] for true in self.true_of.values()])

    def photo(self, name: str) -> bytes:
        """The bytes of a photo; raises `OSError`."""
        return read_regular(self.folder / PHOTOS / name, MOST_BYTES)


def read_material(config_dir: Path) -> Material:
    """What lies in the configuration folder, or else what came with Framed.

    Raises `OSError` where a file is missing, `ValueError` where one is damaged.
    """
    folder = config_dir / FOLDER
    folder = folder if folder.is_dir() else _OWN
    try:
        return _material(folder, read_regular_text(folder / RECORD))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{folder / RECORD} is damaged: {error!r}") from error


def _material(folder: Path, text: str) -> Material:
    record = json.loads(text)
    true_of = {str(name): frozenset(labels) for name, labels in record["photos"].items()}
    version = hashlib.sha256(text.encode())
    for name in true_of:
        version.update(hashlib.sha256(read_regular(folder / PHOTOS / name, MOST_BYTES)).digest())
    return Material(
        folder=folder,
        words=tuple(record["words"]),
        labels=tuple(record["labels"]),
        true_of=true_of,
        version=version.hexdigest()[:16],
    )
