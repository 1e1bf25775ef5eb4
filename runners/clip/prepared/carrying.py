"""From a model on this machine to a folder that serves it on another, without torch."""

from __future__ import annotations

from pathlib import Path

from framed.errors import StartupError
from framed.settings import Settings
from runners.clip.model_files import ModelFiles
from runners.clip.prepared.build import NotPrepared, prepare
from runners.clip.prepared.checkpoint import checkpoint_checksum
from runners.clip.prepared.folder import PREFIXED, Prepared
from runners.clip.prepared.onnx_parts import add_onnx
from runners.clip.prepared.portable import write_portable


def carry(files: ModelFiles, settings: Settings, into: Path, *, onnx: bool = False) -> None:
    """Prepares the model of `files`, for all precisions that the settings allow, and copies what
    serves it into the new folder `into`; with `onnx` for ONNX Runtime, too.

    Takes a minute or so where it was not prepared before. Raises `StartupError` where it cannot be
    prepared, or the folder not written.
    """
    cache = settings.engine_folder
    prepared = prepare(files, cache, int8=settings.wants_int8)
    if isinstance(prepared, NotPrepared):
        raise StartupError(f"{files.name} cannot be prepared: {prepared.reason}.")
    parts = _onnx_parts(prepared, files) if onnx else None
    try:
        write_portable(prepared, files, checkpoint_checksum(files, cache), into, onnx=parts)
    except OSError as error:
        raise StartupError(f"{into} cannot be written: {error}.") from None


def _onnx_parts(prepared: Prepared, files: ModelFiles) -> Path:
    if prepared.texts != PREFIXED:
        raise StartupError(f"{files.name} has no form for ONNX Runtime: leave out --onnx.")
    parts = add_onnx(prepared, files)
    if isinstance(parts, NotPrepared):
        raise StartupError(f"{files.name} cannot be prepared: {parts.reason}.")
    return parts
