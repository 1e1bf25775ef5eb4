"""A prepared form that comes with a checkpoint: its exported files, without the weights in them.

What is the checkpoint's own is taken from its weights file, so that the form is small and needs
neither torch nor an export. `scripts.ship_prepared` makes it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError

from framed.regular_file import MIB, read_regular_text
from runners.clip.model_files import ModelFiles
from runners.clip.prepared.checkpoint import content_checksum
from runners.clip.prepared.folder import FACTS, VERSION
from runners.clip.prepared.pieces import Numbers, Piece, joined, piece_as_json, piece_from_json

logger = logging.getLogger("framed.clip.prepared")

FOLDER = "prepared"  # in the checkpoint's own
RECIPE, LITERALS = "recipe.json", "literals.npz"
ONNX = "onnx/"  # what the names of files for ONNX Runtime begin with

_RECIPE_BYTES = MIB
_UNUSABLE = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError, IndexError),
    *(EOFError, RecursionError, zipfile.BadZipFile, zlib.error, SafetensorError),
)


@dataclass(frozen=True)
class Recipe:
    """How the files of a prepared folder come about, by name: their pieces and what SHA-256 they
    then have. `content` is the checksum of the checkpoint they belong to."""

    version: int
    content: str
    files: Mapping[str, tuple[Piece, ...]]
    digests: Mapping[str, str]


def assemble(files: ModelFiles, memory: Path, folder: Path, *, onnx: bool = False) -> bool:
    """Writes into the empty `folder` what came with the checkpoint of `files`: the files for ONNX
    Runtime, or all others. `memory` is as in `checkpoint_checksum`.

    False where nothing came, or what came is damaged or belongs to other weights, which is logged.
    """
    shipped = files.folder / FOLDER
    if files.architecture is not None or not (shipped / RECIPE).is_file():
        return False
    try:
        recipe = read_recipe(shipped)
        if reason := _staleness(recipe, files, memory):
            logger.warning("%s is not used: %s", shipped, reason)
            return False
        names = [name for name in recipe.files if name.startswith(ONNX) == onnx]
        _write(recipe, names, files, shipped, folder)
    except _UNUSABLE as error:
        logger.warning("%s cannot be used: %s", shipped, error)
        for left in folder.iterdir():
            left.unlink()
        return False
    return bool(names)


def ships(files: ModelFiles, memory: Path) -> bool:
    """Whether a form came with the checkpoint that belongs to it."""
    try:
        shipped = files.folder / FOLDER
        return (shipped / RECIPE).is_file() and not _staleness(read_recipe(shipped), files, memory)
    except _UNUSABLE:
        return False


def _staleness(recipe: Recipe, files: ModelFiles, memory: Path) -> str | None:
    if recipe.version != VERSION:
        return f"it is of version {recipe.version}"
    if recipe.content != content_checksum(files, memory):
        return "it was made of other weights"
    return None


def _write(
    recipe: Recipe, names: list[str], files: ModelFiles, shipped: Path, folder: Path
) -> None:
    tensors = _Tensors(files.weights)
    with np.load(shipped / LITERALS, allow_pickle=False) as literals:
        for name in names:
            bytes_of = joined(recipe.files[name], literals[name].data, tensors)
            file = folder / name.removeprefix(ONNX)
            if _written(file, bytes_of) != recipe.digests[name]:
                raise ValueError(f"{name} does not come out as it was exported")
    if FACTS in names:
        _set_sizes(folder / FACTS, files)


def _written(file: Path, pieces: Iterator[memoryview]) -> str:
    """Writes the file; its SHA-256."""
    digest = hashlib.sha256()
    with file.open("xb") as stream:
        for piece in pieces:
            stream.write(piece)
            digest.update(piece)
    return digest.hexdigest()


def _set_sizes(file: Path, files: ModelFiles) -> None:
    """The sides allowed are a matter of the preset; a tower that looks at one has no other."""
    facts = json.loads(file.read_text(encoding="utf-8"))
    wanted = None if files.sizes is None else list(files.sizes)
    if facts["model"]["sizes"] == wanted:
        return
    if len(facts["sizes"]) > 1:
        raise ValueError(f"it was made for the sizes {facts['model']['sizes']}, not {wanted}")
    facts["model"]["sizes"] = wanted
    file.write_text(json.dumps(facts, indent=1), encoding="utf-8")


class _Tensors(Mapping[str, Numbers]):
    """A weights file's tensors as float32, each read when it is asked for."""

    def __init__(self, weights: Path) -> None:
        import safetensors

        opened: Any = safetensors.safe_open  # annotated in part
        self._file = opened(weights, framework="numpy")
        self._names = frozenset[str](self._file.keys())

    def __getitem__(self, name: str) -> Numbers:
        if name not in self._names:
            raise KeyError(name)
        found: npt.NDArray[Any] = self._file.get_tensor(name)
        return found.astype(np.float32)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def tensors_of(weights: Path) -> Mapping[str, Numbers]:
    """All tensors of a safetensors file, as float32."""
    return _Tensors(weights)


def read_recipe(shipped: Path) -> Recipe:
    """What `write_recipe` wrote; OSError, ValueError, KeyError, TypeError or AttributeError where
    it is damaged."""
    given = json.loads(read_regular_text(shipped / RECIPE, _RECIPE_BYTES))
    files = {
        name: tuple(map(piece_from_json, entry["pieces"])) for name, entry in given["files"].items()
    }
    for name in files:
        if (plain := name.removeprefix(ONNX)) != Path(plain).name or plain == "..":
            raise ValueError(f"{name!r} is no name of a file")
    digests = {name: str(entry["sha256"]) for name, entry in given["files"].items()}
    return Recipe(int(given["version"]), str(given["content"]), files, digests)


def write_recipe(recipe: Recipe, literals: Mapping[str, bytes], shipped: Path) -> None:
    """Writes both files of the form into the folder `shipped`."""
    files = {
        name: {"sha256": recipe.digests[name], "pieces": list(map(piece_as_json, pieces))}
        for name, pieces in recipe.files.items()
    }
    text = json.dumps({"version": recipe.version, "content": recipe.content, "files": files})
    (shipped / RECIPE).write_text(text + "\n", encoding="utf-8")
    arrays: dict[str, Any] = {name: np.frombuffer(it, np.uint8) for name, it in literals.items()}
    np.savez_compressed(shipped / LITERALS, **arrays)
