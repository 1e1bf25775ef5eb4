"""The photos of a labelled list: files below a folder, or members of a zip file."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from framed.calibrating.listing import ListError
from framed.normal_forms import as_on_disk, forms_of
from framed.regular_file import read_regular
from framed.size_limit import MIB, SizeLimit

_UNREADABLE = (  # what zip files raise for members that are absent, damaged or locked
    KeyError,
    RuntimeError,
    EOFError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)

_USUAL = SizeLimit(64 * MIB, "FRAMED_MAX_BATCH_PHOTO_BYTES")


class PhotoFolder:
    """The bytes of photos by name, each within `limit`."""

    def __init__(self, path: Path, limit: SizeLimit = _USUAL) -> None:
        """Raises `ListError` where `path` is neither a folder nor a zip file."""
        self._path = path
        self._limit = limit
        self._zip = _archive(path)
        if self._zip is None and not path.is_dir():
            raise ListError(f"{path} is neither a folder nor a zip file of photos.")

    def read(self, name: str) -> bytes:
        """The photo's bytes; raises `ListError` where there are none, or too many."""
        try:
            return _member(self._zip, name, self._limit) if self._zip else self._file(name)
        except OSError as error:
            reason = error.strerror or error
            raise ListError(f"There is no photo {name} in {self._path}: {reason}.") from error
        except _UNREADABLE as error:
            raise ListError(f"There is no photo {name} in {self._path}: {error}.") from error

    def _file(self, name: str) -> bytes:
        file = self._path / as_on_disk(self._path, Path(name))
        _check(file.stat().st_size, self._limit)
        return read_regular(file, self._limit.bytes)


def _archive(path: Path) -> zipfile.ZipFile | None:
    try:
        return zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
    except (OSError, zipfile.BadZipFile) as error:
        raise ListError(f"{path} cannot be read: {error}.") from error


def _member(archive: zipfile.ZipFile, name: str, limit: SizeLimit) -> bytes:
    names = archive.namelist() if not name.isascii() else ()
    with archive.open(next((each for each in forms_of(name) if each in names), name)) as stream:
        data = stream.read(limit.bytes + 1)  # what its directory says of its length may be wrong
    _check(len(data), limit)
    return data


def _check(size: int, limit: SizeLimit) -> None:
    if size > limit.bytes:
        raise ValueError(f"it is larger than {limit.said}")
