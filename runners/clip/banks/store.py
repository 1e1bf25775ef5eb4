"""Built banks on disk, by identity, and for each name pointers to those that serve.

    <folder>/<name>/<identity>.npz     labels, templates and their vectors
    <folder>/<name>/runs/<run>.json    which of them one run of the server serves
    <folder>/<name>/last.json          which of them served last, in whichever run

A cache: whatever is damaged counts as absent, and a disk that cannot be written to is a warning.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
from numpy.lib.npyio import NpzFile

from framed.regular_file import KIB, MIB, open_regular, read_regular
from framed.whole_file import replace_file
from runners.clip.banks.bank import LabelBank, check_bank_name, identity_of
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.build import bank_of
from runners.clip.banks.kept_calibration import calibration_arrays, calibration_from
from runners.clip.banks.kept_structure import structure_body, structure_from

KEPT = 16  # built banks a name, beside those that are pointed at
KEPT_RUNS = 16  # pointers a name
MAX_BYTES = 384 * MIB  # of a kept bank: 10,000 labels of 4,096 dimensions take 160, and what
# each of them learnt from examples as much again
POINTER_BYTES = 4 * KIB

_LAST, _RUNS = "last.json", "runs"
_CHECKSUM = re.compile(r"[0-9a-f]{8,64}")
_DAMAGED = (
    OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile
)  # fmt: skip
_ABSENT = (FileNotFoundError, NotADirectoryError)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BankStore:
    """The banks below `folder`, as seen by one run of the server, `run_id`.

    Each run has its own pointer, so that a runner that was killed serves the same bank again,
    whatever other servers over the same folder do; a new run has none yet: it reads the label
    files first, and takes the bank that served `last` only as a fallback.
    """

    folder: Path
    run_id: str
    _told: set[Path] = field(default_factory=set, init=False, repr=False, compare=False)

    def save(self, bank: LabelBank) -> None:
        """Keeps `bank` under its identity; of each name the newest stay."""
        file = self._file(bank.name, bank.identity)
        if self._write(file, lambda stream: _dump(bank, stream)):
            _prune_banks(newest=file)

    def load(self, name: str, identity: str, dim: int) -> LabelBank | None:
        """The bank kept under `identity`, of vectors [*, dim]; None if it is absent or damaged."""
        return self._load(self._file(name, identity), name, identity, dim)

    def with_vectors(self, name: str, checksum: str, dim: int) -> LabelBank | None:
        """A bank of that checksum, whatever its names and groups, if one is kept."""
        files = _youngest_first(self._home(name).glob(f"{checksum}*.npz"))
        found = (self._load(file, name, file.stem, dim) for file in files)
        return next((bank for bank in found if bank is not None), None)

    def _load(self, file: Path, name: str, identity: str, dim: int) -> LabelBank | None:
        try:
            with open_regular(file, MAX_BYTES) as stream, _arrays(stream) as stored:
                return _bank_of(*_text_of(name, identity, stored), dim, stored)
        except _ABSENT:
            return None
        except _DAMAGED as error:
            _log.warning("The kept bank %s is unusable and will be rebuilt: %s", file, error)
            return None

    def text(self, name: str, identity: str) -> BankText | None:
        """What the bank of that identity says, as any engine over the same cache kept it."""
        place = self._file(name, identity).relative_to(self.folder)
        for file in self.folder.parent.glob(f"*/{place}"):
            with suppress(*_DAMAGED), open_regular(file, MAX_BYTES) as stream:
                return _text_of(name, identity, _arrays(stream))[0]
        return None

    def point(self, name: str, identity: str) -> None:
        """Makes `identity` the bank that serves under `name`, in this run."""
        text = json.dumps({"checksum": identity}).encode()
        pointer = self._pointer(name)
        files = (pointer, self._home(name) / _LAST)
        if all(self._write(file, lambda stream: stream.write(text)) for file in files):
            _prune_pointers(newest=pointer)

    def pointed(self, name: str) -> str | None:
        """The identity that serves under `name` in this very run of the server, or None."""
        return _read_pointer(self._pointer(name))

    def last(self, name: str) -> str | None:
        """The identity that served under `name` last, in whichever run, or None."""
        return _read_pointer(self._home(name) / _LAST)

    def _file(self, name: str, identity: str) -> Path:
        if not _CHECKSUM.fullmatch(identity):
            raise ValueError(f"{identity!r} is no checksum")
        return self._home(name) / f"{identity}.npz"

    def _pointer(self, name: str) -> Path:
        run = hashlib.sha256(self.run_id.encode()).hexdigest()[:16]  # an id may be any text
        return self._home(name) / _RUNS / f"{run}.json"

    def _home(self, name: str) -> Path:
        check_bank_name(name)
        return self.folder / name

    def _write(self, file: Path, fill: Callable[[IO[bytes]], object]) -> bool:
        """Whether `file` now holds what `fill` wrote; readers see the old or the new one whole."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(file, fill)
        except OSError as error:
            self._tell_once(error)
            return False
        return True

    def _tell_once(self, error: OSError) -> None:
        if self.folder in self._told:
            return
        self._told.add(self.folder)
        _log.warning(
            "%s could not be written (%s): label banks serve from memory, and are built anew when "
            "a runner starts.",
            self.folder,
            error.strerror or error,
        )


def _read_pointer(file: Path) -> str | None:
    try:
        checksum = str(json.loads(read_regular(file, POINTER_BYTES))["checksum"])
    except _ABSENT:
        return None
    except _DAMAGED as error:
        _log.warning("The pointer %s is unusable: %s", file, error)
        return None
    return checksum if _CHECKSUM.fullmatch(checksum) else None


def _prune_banks(newest: Path) -> None:
    home = newest.parent
    pointers = [home / _LAST, *(home / _RUNS).glob("*.json")]
    kept = {newest.stem, *map(_read_pointer, pointers)}
    for file in _youngest_first(home.glob("*.npz"))[KEPT:]:
        if file.stem not in kept:
            file.unlink(missing_ok=True)


def _prune_pointers(newest: Path) -> None:
    for file in _youngest_first(newest.parent.glob("*.json"))[KEPT_RUNS:]:
        if file != newest:
            file.unlink(missing_ok=True)


def _youngest_first(files: Iterable[Path]) -> list[Path]:
    return sorted(files, key=_age, reverse=True)


def _dump(bank: LabelBank, stream: IO[bytes]) -> None:
    facts = json.dumps(
        {
            "name": bank.name,
            "checksum": bank.checksum,
            "labels": bank.labels,
            "templates": bank.templates,
            "names": bank.names,
            "structure": structure_body(bank.structure),
        }
    )
    learnt = calibration_arrays(bank.calibration)
    np.savez(stream, facts=np.array(facts), embeddings=bank.embeddings, **learnt)  # type: ignore[arg-type]


def _arrays(stream: IO[bytes]) -> NpzFile:
    stored = np.load(stream, allow_pickle=False)
    if not isinstance(stored, NpzFile):
        raise ValueError("it is no archive")
    return stored


def _text_of(name: str, identity: str, stored: NpzFile) -> tuple[BankText, str]:
    """What the bank says, and its checksum; raises `ValueError` where the file does not hold what
    its name says."""
    stated = json.loads(str(stored["facts"]))
    # banks that were kept before there were names, or a structure, have none
    names, structure = stated.get("names", {}), structure_from(stated.get("structure", {}))
    checksum = str(stated["checksum"])
    kept_under = (checksum, identity_of(checksum, names, structure))  # the first by older versions
    if stated["name"] != name or identity not in kept_under:
        raise ValueError("it holds another bank")
    labels, templates = tuple(stated["labels"]), tuple(stated["templates"])
    text = BankText(name, labels, templates, names, structure, calibration_from(stored))
    return text, checksum


def _bank_of(text: BankText, checksum: str, dim: int, stored: NpzFile) -> LabelBank:
    """The bank again; raises `ValueError` where its vectors are not those of `text`."""
    embeddings: npt.NDArray[np.float32] = stored["embeddings"]
    if embeddings.dtype != np.float32 or embeddings.shape != (len(text.labels), dim):
        raise ValueError(f"its vectors are {embeddings.dtype} {embeddings.shape}")
    if not np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-3):
        raise ValueError("its vectors are not of length 1")
    embeddings.setflags(write=False)
    return bank_of(text, checksum, embeddings)


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # another process pruned it
        return 0.0
