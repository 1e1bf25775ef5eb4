"""A checkpoint prepared for serving: its exported towers and facts, in a folder of its own.

Loading needs neither torch nor open_clip. The folder is written once, under another name, and
renamed when it is whole; its list of digests is what says so.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from framed.regular_file import open_regular, read_regular_text
from runners.clip.model_facts import ModelFacts, facts_from_json

logger = logging.getLogger("framed.clip.prepared")

VERSION = 1  # rises when the files mean something else, so that older folders are made anew
FACTS, DIGESTS = "facts.json", "digests.json"
IMAGE, IMAGE_INT8 = "image.xml", "image_int8.xml"
TEXT, FIRST_PREFIX = "text.xml", "first_prefix.npy"
LIBRARY_TOKENIZER = "library_tokenizer.json"
PREFIXED, WHOLE = "prefixed", "whole"  # how texts go through their tower
NO_INT8 = "image_int8.none"  # it was asked for, and cannot be
POSITIONS, REFERENCE = "positions.npz", "reference.npz"
ADMISSION = "admission.json"  # grows later, so it has no digest

_NEEDED = {FACTS, IMAGE, "image.bin", TEXT, "text.bin", FIRST_PREFIX, POSITIONS, REFERENCE}
_NEEDED_WHOLE = _NEEDED - {FIRST_PREFIX} | {LIBRARY_TOKENIZER}

_AT_ONCE = 2  # files whose digests are taken

Pixels = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Reference:
    """What open_clip's fp32 forward gave: photos uint8 [N, S, S, 3] -> unit rows [N, D], and
    prompts -> unit rows [L, D]."""

    photos: Pixels
    photo_rows: Rows
    prompts: tuple[str, ...]
    prompt_rows: Rows


@dataclass(frozen=True)
class Prepared:
    """A whole folder. `sizes` are the square sides of its image tower, ascending; `texts` says
    whether its text tower takes texts "prefixed" (CLIP's own) or "whole". What this machine finds
    out about it is kept at `notes`, in the folder itself where that is None."""

    folder: Path
    facts: ModelFacts
    sizes: tuple[int, ...]
    default_size: int
    texts: str = PREFIXED
    notes: Path | None = None

    @property
    def machines_own(self) -> Path:
        """The folder of what holds on this machine only; it need not be there."""
        return self.notes or self.folder

    @cached_property
    def positions(self) -> Mapping[int, Rows]:
        """Side -> positional table [1 + cells, width]; empty where the tower needs none."""
        with np.load(self.folder / POSITIONS, allow_pickle=False) as tables:
            return {int(side): tables[side] for side in tables.files}

    @cached_property
    def reference(self) -> Reference:
        """What engines are held against."""
        with np.load(self.folder / REFERENCE, allow_pickle=False) as kept:
            return Reference(
                photos=kept["photos"],
                photo_rows=kept["photo_rows"],
                prompts=tuple(map(str, kept["prompts"])),
                prompt_rows=kept["prompt_rows"],
            )

    def has(self, name: str) -> bool:
        """Whether the folder holds this part; int8 is there only where it was asked for."""
        return (self.folder / name).is_file()


class DamagedError(Exception):
    """A prepared folder that cannot be used; the message says why."""


def open_prepared(folder: Path) -> Prepared | None:
    """The folder's contents, or None where it is absent, of another version or damaged (logged)."""
    if not folder.is_dir():
        return None
    try:
        return read_prepared(folder)
    except DamagedError as reason:
        logger.warning("%s is made anew: %s", folder, reason)
        return None


def read_prepared(folder: Path) -> Prepared:
    """The folder's contents; raises `DamagedError` where it is absent, of another version or
    damaged."""
    try:
        given = json.loads(read_regular_text(folder / FACTS))
        texts = str(given.get("texts", PREFIXED))
        if reason := damage(folder, _NEEDED_WHOLE if texts == WHOLE else _NEEDED):
            raise DamagedError(reason)
        facts, sizes = facts_from_json(given["model"]), tuple(given["sizes"])
        return Prepared(folder, facts, sizes, int(given["default_size"]), texts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedError(str(error)) from error


def seal(folder: Path) -> None:
    """Write down what the folder holds, once it is whole."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    digests = {path.name: _digest(path) for path in files}
    (folder / DIGESTS).write_text(json.dumps({"version": VERSION, "files": digests}, indent=1))


def sealed_files(folder: Path) -> tuple[str, ...]:
    """The names of what was sealed, ascending; OSError, ValueError, KeyError or TypeError where
    the list cannot be read, or is another version's."""
    sealed = json.loads(read_regular_text(folder / DIGESTS))
    if sealed["version"] != VERSION:
        raise ValueError(f"it is of version {sealed['version']}")
    return tuple(sorted(_plain(sealed["files"])))


def damage(folder: Path, needed: Set[str]) -> str | None:
    """What is wrong with the folder's files, of which `needed` must be there, or None.

    OSError, ValueError, KeyError, TypeError or AttributeError where its list cannot be read.
    """
    sealed: Any = json.loads(read_regular_text(folder / DIGESTS))
    if sealed["version"] != VERSION:
        return f"it is of version {sealed['version']}"
    files = _plain(sealed["files"])
    if missing := needed - set(files):
        return f"{', '.join(sorted(missing))} is not sealed"
    names, digests = zip(*files.items(), strict=True)
    with ThreadPoolExecutor(_AT_ONCE, "digests") as threads:  # gigabytes, and each frees the lock
        found = threads.map(lambda name: _digest(folder / name), names)
        wrong = [
            name for name, digest, it in zip(names, digests, found, strict=True) if it != digest
        ]
    return f"{wrong[0]} is damaged" if wrong else None


def _plain(files: Mapping[str, Any]) -> Mapping[str, Any]:
    """`files` by name; ValueError where one would lie outside the folder that they are of."""
    for name in files:
        if Path(name).name != name or name == "..":
            raise ValueError(f"{name!r} is no name of a file in the folder")
    return files


def _digest(path: Path) -> str:
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
