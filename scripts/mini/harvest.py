"""More photos for the training: their features beside their labels, as a data folder.

    python -m scripts.mini.harvest LIST --photos FOLDER --out FOLDER

LIST holds JSON lines {"path", "source", "cls"?, "pos": {label: weight}, "unknown": [labels],
"neg_weight"?, "split"?, "terms", "concept"?, "group"?, "core"?}; a photo lies in
FOLDER/source/path.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from framed.calibrating.listing import ListError, json_lines
from scripts.mini.packages import MissingPartError, trunk_weights
from scripts.mini.photos import Album
from scripts.mini.workplace import watched

Floats = npt.NDArray[np.float32]

_DEFAULTS: Mapping[str, Any] = {"cls": "", "split": "train", "unknown": [], "neg_weight": 1.0}
_LEVELS = 255.0


def read_entries(file: Path) -> list[Mapping[str, Any]]:
    """The lines of a list; raises `ListError` that names the line that is none."""
    entries: list[Mapping[str, Any]] = []
    for where, entry in json_lines(file):
        if not {"path", "source", "pos"} <= entry.keys():
            raise ListError(f"{where}: a line must have path, source and pos.")
        entries.append(entry)
    return entries


def packed(features: Floats) -> tuple[npt.NDArray[np.uint8], Floats]:
    """Features >= 0 as uint8 [P, 1280], and the scale [1280] that gives them back."""
    scale = np.maximum(features.max(axis=0, initial=0.0), 1e-6).astype(np.float32) / _LEVELS
    return np.clip(np.rint(features / scale), 0, _LEVELS).astype(np.uint8), scale


def write_folder(entries: Sequence[Mapping[str, Any]], features: Floats, out: Path) -> None:
    """Writes labels.jsonl and features_u8.npz; entry and row go by their order."""
    out.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps({**_DEFAULTS, **entry, "row": row}) + "\n" for row, entry in enumerate(entries)
    ]
    (out / "labels.jsonl").write_text("".join(lines), encoding="utf-8")
    values, scale = packed(features)
    np.savez_compressed(out / "features_u8.npz", F=values, scale=scale)


def harvest(entries: Sequence[Mapping[str, Any]], photos: Path, out: Path, trunk: Path) -> int:
    """Extracts and writes the photos that are at hand; answers how many there were."""
    from scripts.mini.seeing import seen
    from scripts.mini.trunk import read_weights, trunk_state

    state = trunk_state(read_weights(trunk))
    kept, features = seen(watched(entries, "photos"), Album((), (photos,)), state)
    write_folder(kept, features, out)
    return len(kept)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit status."""
    command = argparse.ArgumentParser(prog="harvest", description="Features of more photos.")
    command.add_argument("list", type=Path, help="JSON lines, a photo each")
    command.add_argument("--photos", type=Path, required=True, metavar="FOLDER")
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    command.add_argument("--trunk", type=Path, metavar="FILE", help="weights (from their package)")
    asked = command.parse_args(arguments)
    try:
        entries = read_entries(asked.list)
        count = harvest(entries, asked.photos, asked.out, trunk_weights(asked.trunk))
    except (ListError, OSError, ValueError, MissingPartError) as reason:
        print(f"harvest: {reason}", file=sys.stderr)
        return 2
    print(f"{count} of {len(entries)} photos are in {asked.out}.")
    return 0 if count else 2


if __name__ == "__main__":
    sys.exit(main())
