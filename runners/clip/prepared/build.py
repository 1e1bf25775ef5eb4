"""From a checkpoint to its prepared folder, once, in a process of its own that ends.

Exporting takes torch, open_clip and several times the memory of serving; nothing of that stays.
"""

from __future__ import annotations

import json
import logging
import shutil
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framed.extras import absence, is_there
from framed.regular_file import read_regular_text
from runners.clip.model_files import PREPARED, ModelFiles
from runners.clip.prepared.checkpoint import checkpoint_checksum
from runners.clip.prepared.child import EXIT_UNSUPPORTED, alone, run_child
from runners.clip.prepared.folder import IMAGE_INT8, NO_INT8, VERSION, Prepared, open_prepared, seal
from runners.clip.prepared.portable import open_portable
from runners.clip.prepared.shipped import assemble, ships

logger = logging.getLogger("framed.clip.prepared")

UNSUPPORTED = "unsupported.json"
_MAKING = ".making-"


@dataclass(frozen=True)
class NotPrepared:
    """There is no prepared folder, and why."""

    reason: str


def prepare(files: ModelFiles, cache: Path, *, int8: bool = False) -> Prepared | NotPrepared:
    """The prepared folder of a checkpoint below `cache`, made now where it is not there yet.

    Making it takes a minute or so for a large model, with its progress in the log, and no time
    where a prepared form came with the checkpoint; other processes that want the same wait. `int8`
    asks for the int8 tower too. Raises `StartupError` where `files` are a prepared folder that is
    damaged.
    """
    try:
        folder = _folder_of(files, cache)
        if files.form == PREPARED:
            return open_portable(files.folder, notes=folder.with_name(f"{folder.name}.portable"))
        if found := _found(folder, int8=int8):  # the cache may be another user's, or read-only
            return found
        folder.parent.mkdir(parents=True, exist_ok=True)
        with alone(folder.parent / ".lock"):
            _sweep(folder.parent)
            return _prepare(files, folder, int8=int8)
    except OSError as error:
        return NotPrepared(f"the engine cache cannot be used: {error}")


def _prepare(files: ModelFiles, folder: Path, *, int8: bool) -> Prepared | NotPrepared:
    if found := _found(folder, int8=int8):  # by another process, meanwhile
        return found
    if reason := _known_unsupported(folder):
        return NotPrepared(reason)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=_MAKING) as making:
        if not _assemble(files, folder.parent.parent, Path(making), int8=int8):
            if not is_there():
                return NotPrepared(cannot_prepare(files))
            if refused := _make(files, Path(making), int8=int8):
                _note_unsupported(folder, refused)
                return refused
        seal(Path(making))
        if folder.is_symlink() or folder.is_file():
            folder.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        Path(making).chmod(stat.S_IMODE(folder.parent.stat().st_mode))  # it is for its user alone
        Path(making).rename(folder)
        Path(making).mkdir()  # the context wants to remove something
    made = open_prepared(folder)
    return made or NotPrepared("what was made cannot be read; see the log")


def _found(folder: Path, *, int8: bool) -> Prepared | None:
    """What was prepared before, if it is whole and has what is asked for."""
    found = open_prepared(folder) if folder.is_dir() else None
    enough = found and (found.has(IMAGE_INT8) or found.has(NO_INT8) or not int8)
    return found if enough else None


def _sweep(folder: Path) -> None:
    """What an export left that was killed; nobody else works here now."""
    for left in folder.glob(f"{_MAKING}*"):
        shutil.rmtree(left, ignore_errors=True)


def unpreparable(files: ModelFiles, cache: Path) -> str | None:
    """Why `files` can be prepared neither now nor from what came with them; None where they can,
    or are already."""
    if is_there() or files.form == PREPARED or ships(files, cache):
        return None
    return None if _folder_of(files, cache).is_dir() else cannot_prepare(files)


def _folder_of(files: ModelFiles, cache: Path) -> Path:
    return cache / files.name.replace("/", "--") / checkpoint_checksum(files, cache)


def cannot_prepare(files: ModelFiles) -> str:
    """Why a checkpoint that is not prepared stays so, without torch; and what to do."""
    elsewhere = f"or on another machine: python -m framed models prepare {files.name} --into FOLDER"
    return f"{absence(f'preparing {files.name} for this machine')}, {elsewhere}"


def _assemble(files: ModelFiles, cache: Path, folder: Path, *, int8: bool) -> bool:
    """Takes the form that came with the checkpoint; False where there is none that is enough."""
    if not assemble(files, cache, folder):
        return False
    logger.info("%s is prepared: its form came with it", files.name)
    return not int8 or any((folder / name).is_file() for name in (IMAGE_INT8, NO_INT8))


def _make(files: ModelFiles, folder: Path, *, int8: bool) -> NotPrepared | None:
    """Runs the export into `folder`; None once it is whole."""
    logger.info("preparing %s for this machine, once", files.name)
    order = {"files": files_as_json(files), "int8": int8}
    code, last = run_child("runners.clip.prepared.make", folder, order)
    if code == 0:
        return None
    logger.warning("%s could not be prepared: %s", files.name, last)
    return NotPrepared(last if code == EXIT_UNSUPPORTED else f"its export failed: {last}")


def files_as_json(files: ModelFiles) -> dict[str, Any]:
    """The files as plain JSON values, for an export."""
    sizes: Sequence[int] | None = files.sizes
    return {
        "name": files.name,
        "model_id": files.model_id,
        "aliases": list(files.aliases),
        "folder": str(files.folder),
        "weights": str(files.weights),
        "architecture": files.architecture,
        "sizes": None if sizes is None else list(sizes),
        "note": files.note,
        "form": files.form,
        "shards": list(map(str, files.shards)),
        "embedded": files.embedded,
    }


def files_from_json(given: dict[str, Any]) -> ModelFiles:
    """The files that the export was asked for."""
    sizes = given["sizes"]
    return ModelFiles(
        name=given["name"],
        model_id=given["model_id"],
        aliases=tuple(given["aliases"]),
        folder=Path(given["folder"]),
        weights=Path(given["weights"]),
        architecture=given["architecture"],
        sizes=None if sizes is None else tuple(sizes),
        note=given["note"],
        form=given["form"],
        shards=tuple(map(Path, given["shards"])),
        embedded=given["embedded"],
    )


def _known_unsupported(folder: Path) -> str | None:
    try:
        noted = json.loads(read_regular_text(folder.parent / f"{folder.name}.{UNSUPPORTED}"))
        return str(noted["reason"]) if noted["version"] == VERSION else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _note_unsupported(folder: Path, refused: NotPrepared) -> None:
    if refused.reason.startswith("its export failed"):
        return  # that may pass
    noted = json.dumps({"version": VERSION, "reason": refused.reason})
    (folder.parent / f"{folder.name}.{UNSUPPORTED}").write_text(noted)
