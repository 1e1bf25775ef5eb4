"""The checksum of a checkpoint: which weights, configuration and activation, without reading them
again at every start."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from framed.regular_file import (
    RECORD_BYTES,
    open_regular,
    read_regular,
    read_regular_text,
)
from runners.clip.model_files import TRANSFORMERS, ModelFiles
from runners.clip.transformers_folder.records import RECORDS_VERSION

_KNOWN = "checkpoints.json"  # stat of a weights file -> its digest


def checkpoint_checksum(files: ModelFiles, memory: Path) -> str:
    """32 hex digits for the checkpoint of `files`; `memory` is a folder to remember digests in.

    A file that has size, time and inode of the last time is not read again.
    """
    if files.checkpoint is not None:
        return files.checkpoint
    digest = _content(files, memory)
    digest.update(json.dumps([files.architecture, files.sizes]).encode())
    return digest.hexdigest()[:32]


def content_checksum(files: ModelFiles, memory: Path) -> str:
    """The same of its files alone, whatever sizes are allowed of it."""
    return _content(files, memory).hexdigest()[:32]


def _content(files: ModelFiles, memory: Path) -> hashlib._Hash:
    digest = hashlib.sha256()
    for weights in files.weight_files:
        digest.update(_weights_digest(weights, memory).encode())
    for record in files.records:
        digest.update(read_regular(record, RECORD_BYTES))
    if files.form == TRANSFORMERS:
        digest.update(json.dumps([RECORDS_VERSION]).encode())
    return digest


def _weights_digest(weights: Path, memory: Path) -> str:
    found = weights.stat()
    stat = [found.st_size, found.st_mtime_ns, found.st_ino]
    known = _known(memory)
    entry = known.get(str(weights.resolve()))
    if isinstance(entry, list) and entry[:-1] == stat:
        return str(entry[-1])
    with open_regular(weights) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    known[str(weights.resolve())] = [*stat, digest]
    _remember(memory, known)
    return digest


def _known(memory: Path) -> dict[str, Any]:
    try:
        known = json.loads(read_regular_text(memory / _KNOWN))
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def _remember(memory: Path, known: dict[str, Any]) -> None:
    try:
        memory.mkdir(parents=True, exist_ok=True)
        fresh = memory / f"{_KNOWN}.new"
        fresh.write_text(json.dumps(known, indent=1), encoding="utf-8")
        fresh.replace(memory / _KNOWN)
    except OSError:
        return  # it is read again next time
