"""Vectors of prompts on disk: what was encoded once need not be encoded again after a restart.

One file for each way to make a vector (model revision, engine, precision); it holds digests in
place of the prompts. A cache: what is wrong with it costs a warning and the encoding, no more.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from framed.results import Embedding
from runners.clip.words.prompt_file import ForeignFile, open_file

MOST = 50_000  # prompts kept: 160 MB at 768 dimensions
PATIENCE = 0.5  # seconds to wait for another process
PAUSE = 30.0  # seconds without the disk once another process was waited for in vain
UNIT = 0.01  # how far from 1 a vector's length may be

_FLOAT = np.dtype("<f4")  # whatever machine reads the file later
_ASKED = 500  # digests a question: fewer than any SQLite allows

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}  # no such table
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_INSERT = "INSERT OR REPLACE INTO vectors (digest, vector) VALUES (?, ?)"
_PRUNE = "DELETE FROM vectors WHERE id IN (SELECT id FROM vectors ORDER BY id LIMIT ?)"

Deed = Literal["read", "write"]
Stored = tuple[bytes, bytes]  # digest; vector and checksum
Result = TypeVar("Result")

_log = logging.getLogger(__name__)


class PromptCache:
    """Prompts' unit vectors, float32 [dim], in `file`; safe for threads and for processes.

    At most `most` are kept: those written longest ago go. Opened at the first use.
    """

    def __init__(
        self,
        file: Path,
        dim: int,
        *,
        most: int = MOST,
        patience: float = PATIENCE,
        pause: float = PAUSE,
    ) -> None:
        self._file = file
        self._dim = dim
        self._most = most
        self._patience = patience
        self._pause = pause
        self._again_at = 0.0  # on the monotonic clock
        self._connection: sqlite3.Connection | None = None
        self._opened_as: tuple[int, int] | None = None  # device and inode
        self._given_up: set[Deed] = set()
        self._told: set[str] = set()
        self._lock = Lock()

    def get_many(self, prompts: Iterable[str]) -> dict[str, Embedding]:
        """Those of `prompts` that are known, each with its vector, to the bit; not writable."""
        by_digest = {_digest(prompt): prompt for prompt in prompts}
        if not by_digest:
            return {}
        nothing: list[Stored] = []
        found = self._attempt("read", lambda file: _select(file, list(by_digest)), nothing)
        vectors = ((by_digest[digest], self._vector(digest, blob)) for digest, blob in found)
        return {prompt: vector for prompt, vector in vectors if vector is not None}

    def put_many(self, vectors: Mapping[str, npt.NDArray[np.float32]]) -> None:
        """Keeps `vectors`, all of them or none; those not of length 1 (NaN, too) are left out.

        Raises `ValueError` where they are not of `dim` dimensions.
        """
        rows = self._stored(vectors)
        if rows:
            self._attempt("write", lambda file: _insert(file, rows, self._most), None)

    def close(self) -> None:
        """Lets go of the file; the next use opens it again."""
        with self._lock:
            self._let_go()

    def _stored(self, vectors: Mapping[str, npt.NDArray[np.float32]]) -> list[Stored]:
        if not vectors:
            return []
        table = np.stack(list(vectors.values())).astype(_FLOAT)
        if table.shape != (len(vectors), self._dim):
            raise ValueError(f"vectors of {list(table.shape[1:])}, not of {self._dim} dimensions")
        good = np.abs(np.linalg.norm(table, axis=1) - 1) < UNIT
        return [
            _sealed(_digest(prompt), row.tobytes())
            for prompt, row, kept in zip(vectors, table, good, strict=True)
            if kept
        ]

    def _vector(self, digest: bytes, blob: object) -> Embedding | None:
        """The vector in `blob`; None where its bytes are not those that were written."""
        size = self._dim * _FLOAT.itemsize
        if not isinstance(blob, bytes) or blob != _sealed(digest, blob[:size])[1]:
            return None
        return np.frombuffer(blob, _FLOAT, self._dim).astype(np.float32, copy=False)

    def _attempt(
        self, deed: Deed, work: Callable[[sqlite3.Connection], Result], otherwise: Result
    ) -> Result:
        """What `work` gives, if need be with a new file; `otherwise` where the disk is no help."""
        with self._lock:
            for _ in range(2):
                if deed in self._given_up or time.monotonic() < self._again_at:
                    break
                try:
                    return work(self._open())
                except (sqlite3.Error, OSError) as error:
                    self._let_go()
                    self._recover(deed, error)
        return otherwise

    def _open(self) -> sqlite3.Connection:
        """The file that is there now: it may have been removed or replaced since the last use."""
        now = _identity(self._file)
        if self._connection is None or now != self._opened_as:
            self._let_go()
            self._opened_as = now
            self._connection = open_file(self._file, self._dim, self._patience)
            self._opened_as = _identity(self._file)
        return self._connection

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()  # with what was not committed undone
            self._connection = None

    def _recover(self, deed: Deed, error: sqlite3.Error | OSError) -> None:
        code = getattr(error, "sqlite_errorcode", -1) & 0xFF  # extended codes have more bits
        if isinstance(error, ForeignFile) or code in _DAMAGED:
            self._set_aside(deed, error)
        elif code in _BUSY:
            self._again_at = time.monotonic() + self._pause
            self._tell_once("is locked by another process: for a while, prompts", error)
        else:
            self._give_up(deed, error)

    def _set_aside(self, deed: Deed, error: Exception) -> None:
        if _identity(self._file) != self._opened_as:
            return  # another process was faster
        if "damaged" in self._told:
            return self._give_up(deed, error)
        self._told.add("damaged")
        try:
            aside = _move_aside(self._file)
        except OSError as refused:
            return self._give_up(deed, refused)
        _log.warning("The prompt cache %s is unusable (%s): now %s.", self._file, error, aside.name)

    def _give_up(self, deed: Deed, error: Exception) -> None:
        self._given_up |= {"read", "write"} if deed == "read" else {"write"}
        self._tell_once(f"cannot be {'read' if deed == 'read' else 'written'}: prompts", error)

    def _tell_once(self, trouble: str, error: Exception) -> None:
        if trouble not in self._told:
            self._told.add(trouble)
            words = "The prompt cache %s %s are encoded anew where memory has them not. (%s)"
            _log.warning(words, self._file, trouble, error)


def _select(file: sqlite3.Connection, digests: Sequence[bytes]) -> list[Stored]:
    found: list[Stored] = []
    for at in range(0, len(digests), _ASKED):
        asked = digests[at : at + _ASKED]
        marks = ",".join("?" * len(asked))
        query = f"SELECT digest, vector FROM vectors WHERE digest IN ({marks})"
        found += file.execute(query, asked).fetchall()
    return found


def _insert(file: sqlite3.Connection, rows: Sequence[Stored], most: int) -> None:
    file.execute("BEGIN IMMEDIATE")
    file.executemany(_INSERT, rows)
    (count,) = file.execute("SELECT count(*) FROM vectors").fetchone()
    if count > most:
        file.execute(_PRUNE, (count - most,))
    file.execute("COMMIT")


def _digest(prompt: str) -> bytes:
    whole = prompt.encode("utf-8", "surrogatepass")  # half a pair must not fail here
    return hashlib.blake2b(whole, digest_size=16).digest()


def _sealed(digest: bytes, vector: bytes) -> Stored:
    return digest, vector + zlib.crc32(vector, zlib.crc32(digest)).to_bytes(4, "little")


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        facts = file.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _move_aside(file: Path) -> Path:
    aside = file.with_name(f"{file.name}.damaged")
    os.replace(file, aside)
    for tail in ("-journal", "-wal", "-shm"):  # else SQLite would take them for the next file's
        with suppress(FileNotFoundError):
            os.replace(file.with_name(file.name + tail), aside.with_name(aside.name + tail))
    return aside
