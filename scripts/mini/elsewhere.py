"""A labelled list of photos from sources that were never trained on: the jury of a training.

The folder is as `scripts.mini.gather left_out` leaves it: list.jsonl, and photos/.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from scripts.evaluation.listing import LabelledPhoto, read_photos
from scripts.mini.material import Rows, rows_of
from scripts.mini.photos import Album
from scripts.mini.seeing import seen
from scripts.mini.workplace import Workplace, watched

LIST, PHOTOS = "list.jsonl", "photos"


def read_elsewhere(
    folder: Path, labels: Sequence[str], place: Workplace, trunk: Mapping[str, torch.Tensor]
) -> Rows:
    """The photos of the list that can be read, as rows.

    Raises `ListError` or `OSError` for a list that cannot be used.
    """
    entries = [_entry(photo) for photo in read_photos(folder / LIST, labels)]

    def make() -> dict[str, Any]:
        read, features = seen(watched(entries, "elsewhere"), Album((), (folder,)), trunk)
        return {
            "features": torch.from_numpy(features),
            "paths": [str(entry["path"]) for entry in read],
        }

    made = place.once("elsewhere", _digest(folder), make)
    there = set(made["paths"])
    found = [entry for entry in entries if entry["path"] in there]
    return rows_of(made["features"].numpy(), found, labels)


def _digest(folder: Path) -> str:
    """8 hex digits that change with the list, and with the photos by name and size."""
    sizes = sorted((it.name, it.stat().st_size) for it in (folder / PHOTOS).glob("*"))
    content = (folder / LIST).read_bytes() + repr(sizes).encode()
    return hashlib.sha256(content).hexdigest()[:8]


def _entry(photo: LabelledPhoto) -> dict[str, Any]:
    """A line as an entry: an `Album` of the folder finds its photo as source/path."""
    return {
        "source": PHOTOS,
        "path": photo.photo,
        "cls": "",
        "concept": "-",
        "split": "heldout",
        "pos": dict.fromkeys(sorted(photo.labels), 1.0),
        "unknown": sorted(photo.unknown),
        "core": sorted(photo.core),
        "group": photo.group,
    }
