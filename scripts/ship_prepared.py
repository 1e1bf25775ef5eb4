"""Make anew the prepared form that comes with a checkpoint, so that it is served without torch.

Run it when the weights have changed, or the export (its VERSION). It exports the checkpoint once
more and writes `prepared/` beside its weights: the exported files, without the numbers that the
weights file holds.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from framed.errors import StartupError
from runners.clip.locate import locate
from runners.clip.model_files import ModelFiles
from runners.clip.prepared.build import NotPrepared, prepare
from runners.clip.prepared.checkpoint import content_checksum
from runners.clip.prepared.folder import VERSION, sealed_files
from runners.clip.prepared.onnx_parts import add_onnx
from runners.clip.prepared.pieces import Piece
from runners.clip.prepared.shipped import FOLDER, ONNX, Recipe, tensors_of, write_recipe
from scripts.shipping.ranges import number_ranges
from scripts.shipping.sources import Sources

ROOT = Path(__file__).resolve().parent.parent
EXIT_OK, EXIT_CANNOT_RUN = 0, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Exports, writes the form, says how large it is."""
    parser = argparse.ArgumentParser(prog="ship_prepared", description=__doc__)
    parser.add_argument("model", nargs="?", default="mini", help="an embedded preset (mini)")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as cache:
        try:
            files = locate(asked.model, ROOT / "config", Path(cache))
            exported = export(files, Path(cache))
        except StartupError as reason:
            print(reason, file=sys.stderr)
            return EXIT_CANNOT_RUN
        shipped = files.folder / FOLDER
        write(files, exported, shipped, Path(cache))
    size = sum(file.stat().st_size for file in shipped.iterdir())
    print(f"{shipped}: {size / 1e6:.1f} MB")
    return EXIT_OK


def export(files: ModelFiles, cache: Path) -> dict[str, Path]:
    """A fresh export of `files`, by the names that its files have in a recipe.

    Raises `StartupError` where it cannot be exported.
    """
    bare = _without_form(files, cache / "bare")
    prepared = prepare(bare, cache / "engines", int8=True)
    parts = prepared if isinstance(prepared, NotPrepared) else add_onnx(prepared, bare)
    if isinstance(prepared, NotPrepared) or isinstance(parts, NotPrepared):
        reason = prepared if isinstance(prepared, NotPrepared) else parts
        raise StartupError(f"{files.name} cannot be exported: {reason}.")
    found = {name: prepared.folder / name for name in sealed_files(prepared.folder)}
    return found | {ONNX + name: parts / name for name in sealed_files(parts)}


def _without_form(files: ModelFiles, folder: Path) -> ModelFiles:
    """The checkpoint in a folder of its own: what it was shipped with would be taken otherwise."""
    shutil.copytree(files.folder, folder, ignore=shutil.ignore_patterns(FOLDER))
    return replace(files, folder=folder, weights=folder / files.weights.name)


def write(files: ModelFiles, exported: Mapping[str, Path], shipped: Path, memory: Path) -> None:
    """Writes the form of these exported files into `shipped`, in place of what was there."""
    tensors = tensors_of(files.weights)
    sources = Sources({name: tensors[name] for name in tensors})
    pieces: dict[str, tuple[Piece, ...]] = {}
    literals: dict[str, bytes] = {}
    digests: dict[str, str] = {}
    for name, file in exported.items():
        pieces[name], literals[name] = taken_apart(file, sources)
        digests[name] = hashlib.sha256(file.read_bytes()).hexdigest()
    recipe = Recipe(VERSION, content_checksum(files, memory), pieces, digests)
    shipped.mkdir(exist_ok=True)
    write_recipe(recipe, literals, shipped)


def taken_apart(file: Path, sources: Sources) -> tuple[tuple[Piece, ...], bytes]:
    """The pieces of an exported file, and all that the checkpoint does not hold, in order."""
    data, at = file.read_bytes(), 0
    pieces: list[Piece] = []
    literals = bytearray()
    for start, end in number_ranges(file):
        if (found := sources.find(data[start:end])) is None:
            continue
        taken, factors = found
        pieces += [start - at, taken]
        literals += data[at:start] + factors
        at = end
    return (*pieces, len(data) - at), bytes(literals + data[at:])


if __name__ == "__main__":
    sys.exit(main())
