"""The folder of the feature cache: reading, replacing and listing its files, and making room.

Nothing but entries and half-written ones, known by their names, is counted or deleted; links are
not followed.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from framed.answers.cache_entry import ENTRY_NAME, MAX_ENTRY_BYTES, DamagedEntryError

STALE_PART_SECONDS = 3600  # a write takes milliseconds: older halves are of a process that died
MARK_AFTER_SECONDS = 3600  # finer marks of use would make a write of every hit
ROOM_LEFT = 0.1  # of the bound, once entries had to go: not each put shall make room anew

_PART = ".part-"
_PART_NAME = re.compile(rf"{re.escape(_PART)}{ENTRY_NAME.pattern}-\w+")
_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a FIFO would block
_NO_FILE = "it is not a regular file"


class Kept(NamedTuple):  # of some hundred thousand: dataclasses and paths take twice the time
    """A regular file of the folder: size in bytes, last use in seconds since 1970."""

    path: str
    size: int
    used: float


def read(file: str | Path, *, mark: bool = False) -> bytes:
    """The bytes of an entry's file; `mark` notes the use in its modification time.

    Raises `FileNotFoundError`, `DamagedEntryError` where something else is in its place or it is
    far too large, and `OSError` for what the disk says.
    """
    descriptor = _open(file)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise DamagedEntryError(_NO_FILE)
        if found.st_size > MAX_ENTRY_BYTES:
            raise DamagedEntryError(f"it is of {found.st_size} bytes")
        data = _read_all(descriptor, found.st_size)
        if mark and abs(time.time() - found.st_mtime) > MARK_AFTER_SECONDS:
            with suppress(OSError):  # a read-only disk serves as well
                os.utime(descriptor)
    finally:
        os.close(descriptor)
    return data


def write_part(folder: Path, name: str, data: bytes) -> Path:
    """A new file in the folder, made if need be, that waits to be put in the place of `name`."""
    try:
        descriptor, part = _new_part(folder, name)
    except FileNotFoundError:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, part = _new_part(folder, name)
    try:  # no fsync, which costs milliseconds: what a power cut tears, the digest gives away
        with open(descriptor, "wb") as stream:
            stream.write(data)
    except BaseException:
        discard(part)
        raise
    return part


def discard(file: str | Path) -> bool:
    """Deletes a file; False where there was none, or where it cannot be deleted."""
    try:
        os.unlink(file)
    except OSError:
        return False
    return True


def size_of(file: Path) -> int:
    """Bytes of a file, 0 where there is none."""
    try:
        return file.lstat().st_size
    except OSError:
        return 0


def entries(folder: Path) -> Iterator[Kept]:
    """Every entry, in no order; raises `OSError` where the folder cannot be listed."""
    return _kept(folder, ENTRY_NAME)


def impostors(folder: Path) -> Iterator[str]:
    """What has the name of an entry and is no regular file; raises `OSError` likewise."""
    with os.scandir(folder) as found:
        for each in found:
            if ENTRY_NAME.fullmatch(each.name) and not each.is_file(follow_symlinks=False):
                yield each.path


def make_room(folder: Path, bound: int, newest: str) -> int:
    """Where entries exceed `bound` bytes, deletes the longest unused, but never `newest`.

    Deletes old halves of entries besides. Returns the bytes of the entries that remain; raises
    `OSError` where the folder cannot be listed.
    """
    _discard_stale_parts(folder)
    found = list(entries(folder))
    total = sum(each.size for each in found)
    if total <= bound:
        return total
    evictable = (each for each in found if os.path.basename(each.path) != newest)
    return total - _evict(evictable, total - int(bound * (1 - ROOM_LEFT)))


def _evict(found: Iterable[Kept], excess: int) -> int:
    freed = 0
    for each in sorted(found, key=lambda kept: (kept.used, kept.path)):
        if freed >= excess:
            break
        discard(each.path)
        if not os.path.lexists(each.path):  # or another process was faster: gone all the same
            freed += each.size
    return freed


def _discard_stale_parts(folder: Path) -> None:
    now = time.time()
    for each in _kept(folder, _PART_NAME):
        if now - each.used > STALE_PART_SECONDS:
            discard(each.path)


def _kept(folder: Path, names: re.Pattern[str]) -> Iterator[Kept]:
    with os.scandir(folder) as found:
        for each in found:
            if not names.fullmatch(each.name):
                continue
            with suppress(FileNotFoundError):  # another process deleted it since
                facts = each.stat(follow_symlinks=False)
                if stat.S_ISREG(facts.st_mode):
                    yield Kept(each.path, facts.st_size, facts.st_mtime)


def _open(file: str | Path) -> int:
    try:
        return os.open(file, _READING)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.EOPNOTSUPP):  # a link, a socket
            raise DamagedEntryError(_NO_FILE) from None
        raise


def _read_all(descriptor: int, size: int) -> bytes:
    data = os.read(descriptor, size + 1)  # one more than there should be, to see the end
    while len(data) <= size and (more := os.read(descriptor, size + 1 - len(data))):
        data += more
    return data


def _new_part(folder: Path, name: str) -> tuple[int, Path]:
    descriptor, path = tempfile.mkstemp(prefix=f"{_PART}{name}-", dir=folder)
    return descriptor, Path(path)
