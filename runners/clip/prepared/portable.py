"""A prepared folder that goes to other machines: self-contained, with the model's names in it.

It is served as any model folder is, without torch and without the checkpoint's own files.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from framed.errors import StartupError
from framed.extras import require
from framed.regular_file import KIB, read_regular_text
from runners.clip.model_card import CARD_FILE
from runners.clip.model_files import PREPARED, ModelFiles
from runners.clip.prepared.folder import (
    DIGESTS,
    IMAGE,
    LIBRARY_TOKENIZER,
    VERSION,
    DamagedError,
    Prepared,
    read_prepared,
    seal,
    sealed_files,
)

MODEL = "framed_model.json"  # which model the folder holds

_FORMAT = "framed prepared model 1"
_RECORD_BYTES = 64 * KIB
_AGAIN = "copy it again, or prepare it again: python -m framed models prepare {name} --into FOLDER"


@dataclass(frozen=True)
class Named:
    """What the original is called, and the checksum of its checkpoint."""

    name: str
    model_id: str
    aliases: tuple[str, ...]
    note: str
    checkpoint: str
    sizes: tuple[int, ...] | None = None
    embedded: bool = False


def is_portable(folder: Path) -> bool:
    """Whether it says of itself that it is one."""
    return (folder / MODEL).is_file()


def model_in_portable(folder: Path) -> ModelFiles:
    """The model that was prepared into `folder`. Its files are not read, but they are all there.

    Raises `StartupError` for a folder of another version of Framed, and for one that is not whole.
    """
    named = _named(folder)
    _check_whole(folder, named.name)
    if (folder / LIBRARY_TOKENIZER).is_file():
        require(("tokenizers",), f"The tokenizer of the model in {folder}", extra="text")
    return ModelFiles(
        name=named.name,
        model_id=named.model_id,
        aliases=named.aliases,
        folder=folder,
        weights=folder / IMAGE,
        architecture=None,
        sizes=named.sizes,
        note=named.note,
        form=PREPARED,
        embedded=named.embedded,
        checkpoint=named.checkpoint,
    )


def open_portable(folder: Path, notes: Path) -> Prepared:
    """What serves of it; what this machine finds out about it goes to `notes`.

    Raises `StartupError` where a file is not as it was sealed.
    """
    try:
        found = read_prepared(folder)
    except DamagedError as reason:
        raise _unusable(folder, str(reason), "NAME") from None
    return replace(found, notes=notes)


def write_portable(
    prepared: Prepared, files: ModelFiles, checkpoint: str, into: Path, *, onnx: Path | None = None
) -> None:
    """Copies `prepared`, its folder `onnx` where one is given, and the model's card into the folder
    `into`, which appears only once all of it is there.

    Raises `StartupError` where something is there already, `OSError` where it cannot be written.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise StartupError(f"{into} is not empty: remove it first, or name another folder.")
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into.parent, prefix=".prepare-") as part:
        folder = Path(part) / into.name
        folder.mkdir()
        for name in sealed_files(prepared.folder):
            if name not in (MODEL, CARD_FILE):
                shutil.copyfile(prepared.folder / name, folder / name)
        if (files.folder / CARD_FILE).is_file():
            shutil.copyfile(files.folder / CARD_FILE, folder / CARD_FILE)
        (folder / MODEL).write_text(_record(files, checkpoint), encoding="utf-8")
        seal(folder)
        if onnx is not None:
            shutil.copytree(onnx, folder / onnx.name, copy_function=shutil.copyfile)
        folder.replace(into)


def _record(files: ModelFiles, checkpoint: str) -> str:
    named = Named(
        name=files.name,
        model_id=files.model_id,
        aliases=files.aliases,
        note=files.note,
        checkpoint=checkpoint,
        sizes=files.sizes,
        embedded=files.embedded,
    )
    return json.dumps({"format": _FORMAT, "version": VERSION, **asdict(named)}, indent=1) + "\n"


def _named(folder: Path) -> Named:
    file = folder / MODEL
    try:
        given = json.loads(read_regular_text(file, _RECORD_BYTES))
        if given["format"] != _FORMAT or given["version"] != VERSION:
            made = f"{given['format']}, version {given['version']}"
            raise _unusable(folder, f"it is of another version of Framed ({made})", "NAME")
        sizes: Any = given["sizes"]
        return Named(
            name=str(given["name"]),
            model_id=str(given["model_id"]),
            aliases=tuple(map(str, given["aliases"])),
            note=str(given["note"]),
            checkpoint=str(given["checkpoint"]),
            sizes=None if sizes is None else tuple(map(int, sizes)),
            embedded=bool(given["embedded"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unusable(folder, f"{MODEL} is damaged: {error!r}", "NAME") from None


def _check_whole(folder: Path, name: str) -> None:
    """All files that were sealed are there; whether they are as they were shows when they load."""
    try:
        missing = [each for each in sealed_files(folder) if not (folder / each).is_file()]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unusable(folder, f"{DIGESTS} is missing or damaged: {error}", name) from None
    if missing:
        raise _unusable(folder, f"{', '.join(missing)} is missing", name)


def _unusable(folder: Path, reason: str, name: str) -> StartupError:
    again = _AGAIN.format(name=name)
    return StartupError(f"The prepared model in {folder} cannot be used: {reason}; {again}.")
