"""Built banks on disk, by checksum, and for each name a pointer to the one that serves.

    <folder>/<name>/<checksum>.npz   labels, templates and their vectors
    <folder>/<name>/current.json     which of them serves, and for which run of the server

A cache: whatever is damaged counts as absent, and a disk that cannot be written to is a warning.
"""

from __future__ import annotations

import json
import logging
import os
import re
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from runners.clip.banks.bank import LabelBank, check_bank_name

KEPT = 16  # built banks a name

_POINTER_FILE = "current.json"
_CHECKSUM = re.compile(r"[0-9a-f]{8,64}")
_DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BankStore:
    """The banks below `folder`, as seen by one run of the server, `run_id`.

    Processes of one run follow the pointer, so that a runner that was killed serves the same bank
    again; a new run reads the label files first and takes the pointer (`last`) only as a fallback.
    """

    folder: Path
    run_id: str

    def save(self, bank: LabelBank) -> None:
        """Keeps `bank` under its checksum; of each name the newest stay."""
        file = self._file(bank.name, bank.checksum)
        if self._write(file, lambda stream: _dump(bank, stream)):
            self._prune(file)

    def load(self, name: str, checksum: str, dim: int) -> LabelBank | None:
        """The bank kept under `checksum`, of vectors [*, dim]; None if it is absent or damaged."""
        file = self._file(name, checksum)
        try:
            with np.load(file, allow_pickle=False) as stored:
                return _bank_of(name, checksum, dim, str(stored["facts"]), stored["embeddings"])
        except FileNotFoundError:
            return None
        except _DAMAGED as error:
            _log.warning("The kept bank %s is unusable and will be rebuilt: %s", file, error)
            return None

    def point(self, name: str, checksum: str) -> None:
        """Makes `checksum` the bank that serves under `name`."""
        text = json.dumps({"checksum": checksum, "run_id": self.run_id})
        self._write(self._pointer(name), lambda stream: stream.write(text.encode()))

    def pointed(self, name: str) -> str | None:
        """The checksum that serves under `name` in this very run of the server, or None."""
        checksum, run_id = self._read_pointer(name)
        return checksum if run_id == self.run_id else None

    def last(self, name: str) -> str | None:
        """The checksum that served under `name` last, in whichever run, or None."""
        return self._read_pointer(name)[0]

    def _file(self, name: str, checksum: str) -> Path:
        if not _CHECKSUM.fullmatch(checksum):
            raise ValueError(f"{checksum!r} is no checksum")
        return self._home(name) / f"{checksum}.npz"

    def _pointer(self, name: str) -> Path:
        return self._home(name) / _POINTER_FILE

    def _home(self, name: str) -> Path:
        check_bank_name(name)
        return self.folder / name

    def _read_pointer(self, name: str) -> tuple[str | None, str | None]:
        file = self._pointer(name)
        try:
            pointer = json.loads(file.read_bytes())
            checksum, run_id = str(pointer["checksum"]), str(pointer["run_id"])
        except FileNotFoundError:
            return None, None
        except _DAMAGED as error:
            _log.warning("The pointer %s is unusable: %s", file, error)
            return None, None
        return (checksum, run_id) if _CHECKSUM.fullmatch(checksum) else (None, None)

    def _write(self, file: Path, fill: Callable[[IO[bytes]], object]) -> bool:
        """Whether `file` now holds what `fill` wrote; readers see the old or the new one whole."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            _replace(file, fill)
        except OSError as error:
            _log.warning("%s could not be written, so it will not be kept: %s", file, error)
            return False
        return True

    def _prune(self, newest: Path) -> None:
        pointed = self.last(newest.parent.name)
        files = sorted(newest.parent.glob("*.npz"), key=_age, reverse=True)
        for file in files[KEPT:]:
            if file != newest and file.stem != pointed:
                file.unlink(missing_ok=True)


def _replace(file: Path, fill: Callable[[IO[bytes]], object]) -> None:
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".part-", delete=False) as stream:
        part = Path(stream.name)
        try:
            fill(stream)
            stream.flush()
            os.replace(part, file)
        finally:
            part.unlink(missing_ok=True)  # gone already, unless something failed


def _dump(bank: LabelBank, stream: IO[bytes]) -> None:
    facts = json.dumps(
        {
            "name": bank.name,
            "checksum": bank.checksum,
            "labels": bank.labels,
            "templates": bank.templates,
        }
    )
    np.savez(stream, facts=np.array(facts), embeddings=bank.embeddings)


def _bank_of(
    name: str, checksum: str, dim: int, facts: str, embeddings: npt.NDArray[np.float32]
) -> LabelBank:
    """The bank again; raises `ValueError` where the file does not hold what its name says."""
    stated = json.loads(facts)
    labels, templates = tuple(stated["labels"]), tuple(stated["templates"])
    if (stated["name"], stated["checksum"]) != (name, checksum):
        raise ValueError("it holds another bank")
    if embeddings.dtype != np.float32 or embeddings.shape != (len(labels), dim):
        raise ValueError(f"its vectors are {embeddings.dtype} {embeddings.shape}")
    if not np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-3):
        raise ValueError("its vectors are not of length 1")
    embeddings.setflags(write=False)
    return LabelBank(name, labels, templates, checksum, embeddings)


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # another process pruned it
        return 0.0
