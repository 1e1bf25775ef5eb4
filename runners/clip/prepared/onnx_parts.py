"""A prepared checkpoint's towers as ONNX files, in a folder inside its own, made when first asked.

The folder appears under its name only when it is whole, and has digests of its own.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from pathlib import Path

from framed.extras import is_there
from runners.clip.model_files import PREPARED, ModelFiles
from runners.clip.prepared.build import NotPrepared, cannot_prepare, files_as_json
from runners.clip.prepared.child import alone, run_child
from runners.clip.prepared.folder import Prepared, damage, seal
from runners.clip.prepared.shipped import assemble

logger = logging.getLogger("framed.clip.prepared")

PARTS = "onnx"
IMAGE, IMAGE_FP16, TEXT = "image.onnx", "image_fp16.onnx", "text.onnx"
_MAKING = ".making-"
_NOT_WITH_ONNX = "it was prepared without these files: prepare it again with --onnx"
_MODULE = "runners.clip.prepared.make_onnx"


def add_onnx(prepared: Prepared, files: ModelFiles, *, half: bool = False) -> Path | NotPrepared:
    """The folder of `prepared`'s ONNX files, made now where it is not there or damaged.

    `half` asks for the image tower in fp16 too. Takes from seconds to a minute or two, with its
    progress in the log; other processes that want the same wait.
    """
    parts = prepared.folder / PARTS
    try:
        if _is_enough(parts, half=half):  # the cache may be another user's, or read-only
            return parts
        if files.form == PREPARED:
            return NotPrepared(_NOT_WITH_ONNX)
        with alone(prepared.folder / f"{PARTS}.lock"):
            for left in prepared.folder.glob(f"{_MAKING}*"):  # by an export that was killed
                shutil.rmtree(left, ignore_errors=True)
            if _is_enough(parts, half=half):
                return parts
            return _make(parts, files, half=half)
    except OSError as error:
        return NotPrepared(f"the engine cache cannot be used: {error}")


def _is_enough(parts: Path, *, half: bool) -> bool:
    return _is_whole(parts) and ((parts / IMAGE_FP16).is_file() or not half)


def _is_whole(parts: Path) -> bool:
    if not parts.is_dir():
        return False
    try:
        reason = damage(parts, {IMAGE, TEXT})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = str(error)
    if reason:
        logger.warning("%s is made anew: %s", parts, reason)
    return not reason


def _make(parts: Path, files: ModelFiles, *, half: bool) -> Path | NotPrepared:
    logger.info("writing %s as ONNX, once", files.name)
    with tempfile.TemporaryDirectory(dir=parts.parent, prefix=_MAKING) as making:
        fresh = Path(making) / PARTS
        fresh.mkdir()
        ships = not half and assemble(files, parts.parents[2], fresh, onnx=True)
        if not ships and (refused := _export(fresh, files, half=half)):
            return refused
        seal(fresh)
        shutil.rmtree(parts, ignore_errors=True)
        fresh.rename(parts)
    return parts


def _export(fresh: Path, files: ModelFiles, *, half: bool) -> NotPrepared | None:
    """Runs the export into `fresh`; None once it is whole."""
    if not is_there():
        return NotPrepared(cannot_prepare(files))
    code, last = run_child(_MODULE, fresh, {"files": files_as_json(files), "half": half})
    return NotPrepared(f"its export to ONNX failed: {last}") if code != 0 else None
