"""The file of a prompt cache: one SQLite table, marked as ours and with the vectors' length.

With a rollback journal rather than a write-ahead log: one file, that can also be read where
nothing may be written. Not synced to the disk: what a power cut may damage is only a cache, and
each row has a checksum of its own.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from framed.regular_file import open_regular

OURS = 0x46504331  # "FPC1", SQLite's application_id
VERSION_STEP = 1_000_000  # user_version: version of the layout times this, and the dimensions
LAYOUT = 1

_CREATE = """
CREATE TABLE vectors (
    id INTEGER PRIMARY KEY,  -- ascending: the oldest go first
    digest BLOB NOT NULL UNIQUE,
    vector BLOB NOT NULL  -- little-endian float32, then a CRC-32 of digest and vector
)
"""


class ForeignFile(sqlite3.DatabaseError):
    """A good SQLite file that is no prompt cache of this length and layout."""


def open_file(file: Path, dim: int, patience: float) -> sqlite3.Connection:
    """A connection to `file`, made where it is absent, for any thread, one at a time.

    Waits `patience` seconds for the locks of others. Raises `sqlite3.Error`, `OSError`.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError), open_regular(file):
        pass  # whatever else lies there is refused before SQLite waits for it
    connection = sqlite3.connect(
        file, timeout=patience, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA page_size = 16384")  # a vector of 1024 needs more than 4096
        if _marks(connection) != _expected(dim):
            _create(connection, dim)
        connection.execute("PRAGMA journal_mode = TRUNCATE")
    except BaseException:
        connection.close()
        raise
    return connection


def _create(connection: sqlite3.Connection, dim: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if _marks(connection) != _expected(dim):  # else another process was faster
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise ForeignFile(f"it is no prompt cache of {dim} dimensions")
        application, version = _expected(dim)
        connection.execute(_CREATE)
        connection.execute(f"PRAGMA application_id = {application}")
        connection.execute(f"PRAGMA user_version = {version}")
    connection.execute("COMMIT")


def _expected(dim: int) -> tuple[int, int]:
    return OURS, LAYOUT * VERSION_STEP + dim


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    return int(application), int(version)
