"""Photos where they are at hand: in the data folder's zips, or in folders by source and path."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from framed.errors import FramedError
from framed.imaging.prepare import prepare
from framed.photo import DecodeSpec, Pixels, SquareSpec, ViewSpec

SIDE = 224
_SQUARE = SquareSpec(SIDE, "shortest", "bicubic")


def square_of(data: bytes) -> Pixels:
    """The model's square uint8 [224, 224, 3]; raises `FramedError` for what is no photo."""
    spec = ViewSpec(squares=(_SQUARE,))
    return prepare(data, DecodeSpec(exact=True), spec).views.squares[SIDE]


class Album:
    """Looks photos up: in `folders` as source/path first, then in zips of the `data` folders."""

    def __init__(self, data: Sequence[Path], folders: Sequence[Path] = ()) -> None:
        self._folders = tuple(folders)
        self._zips: dict[str, zipfile.ZipFile] = {}
        for file in (zipped for each in data for zipped in sorted(each.glob("photos_*.zip"))):
            archive = zipfile.ZipFile(file)
            self._zips.update(dict.fromkeys(archive.namelist(), archive))

    def find(self, entry: Mapping[str, Any]) -> bytes | None:
        """The bytes of an entry's photo, or None where it is not at hand."""
        for folder in self._folders:
            file = folder / str(entry["source"]) / str(entry.get("path", ""))
            if file.is_file():
                return file.read_bytes()
        name = str(entry.get("photo", ""))
        return self._zips[name].read(name) if name in self._zips else None

    def squares(
        self, entries: Iterable[Mapping[str, Any]]
    ) -> Iterator[tuple[Mapping[str, Any], Pixels]]:
        """Every entry whose photo is at hand and can be read, with its square."""
        for entry in entries:
            if (data := self.find(entry)) is None:
                continue
            try:
                yield entry, square_of(data)
            except FramedError:
                continue
