"""Files that somebody else may have put there, read without waiting and within bounds.

A FIFO, a device or a socket in the place of a file would hold its reader for ever; here they are
refused. Links are followed: configuration folders are often made of them.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

KIB, MIB = 2**10, 2**20
RECORD_BYTES = 64 * MIB  # of a model's JSON: the longest vocabularies take 20

_READING = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0)  # a FIFO would block
_NO_FILE = (errno.ENXIO, errno.EOPNOTSUPP)  # sockets, and devices that are not there


class IrregularFileError(OSError):
    """What has the file's name cannot be read as one; `strerror` says why."""

    def __init__(self, reason: str, file: Path) -> None:
        super().__init__(errno.EINVAL, reason, str(file))


def open_regular(file: Path, most: int | None = None) -> BufferedReader:
    """A regular file of at most `most` bytes, opened for reading; the caller closes it.

    Raises `IrregularFileError`, or `OSError` for what the disk says.
    """
    descriptor = _open(file)
    try:
        _check(os.fstat(descriptor), file, most)
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(file: Path, most: int) -> bytes:
    """The bytes of a regular file of at most `most` bytes, as they stood at one moment.

    Raises `IrregularFileError`, also where the file was written to meanwhile, or `OSError`.
    """
    with open_regular(file, most) as stream:
        before = os.fstat(stream.fileno())
        data = stream.read(most + 1)
        after = os.fstat(stream.fileno())
    if len(data) > most or _moment(before) != _moment(after):
        raise IrregularFileError("was written to while it was read; try again", file)
    return data


def read_regular_text(file: Path, most: int = RECORD_BYTES) -> str:
    """As `read_regular`, as UTF-8; raises `UnicodeDecodeError` besides."""
    return read_regular(file, most).decode("utf-8")


def _open(file: Path) -> int:
    try:
        return os.open(file, _READING)
    except OSError as error:
        if error.errno in _NO_FILE:
            raise IrregularFileError("is not a regular file", file) from None
        raise


def _check(found: os.stat_result, file: Path, most: int | None) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    if not stat.S_ISREG(found.st_mode):
        raise IrregularFileError("is not a regular file", file)
    if most is not None and found.st_size > most:
        raise IrregularFileError(f"is larger than {_size(most)}", file)


def _size(number: int) -> str:
    return f"{number // MIB} MiB" if number >= MIB else f"{number // KIB} KiB"


def _moment(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns
