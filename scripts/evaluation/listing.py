"""A labelled list: one JSON line a photo, read and checked before anything is encoded.

A line is {"photo", "labels", "core"?, "group"?, "unknown"?}: the labels that may be said of the
photo, those of them that name what it is of, the one plain subject it shows, and labels that
nobody has judged. `file` stands for `photo` too. A list of words is {"photo", "word"} a line.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class ListError(Exception):
    """A list that cannot be used; the message names file, line and what is wrong."""


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo by its name in the photo folder, and what may be said of it.

    `core` is part of `labels`; `unknown` labels count neither for nor against a model.
    """

    photo: str
    labels: frozenset[str]
    core: frozenset[str] = frozenset()
    group: str | None = None
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True)
class NamedPhoto:
    """A photo and the one noun that it shows."""

    photo: str
    word: str


def read_photos(path: Path, bank: Sequence[str]) -> list[LabelledPhoto]:
    """The labelled photos of `path`; raises `ListError` for labels that are not of `bank`."""
    known = frozenset(bank)
    return [_labelled(line, known, where) for where, line in json_lines(path)]


def read_words(path: Path) -> list[NamedPhoto]:
    """The photos of `path` and their nouns; raises `ListError`."""
    return [
        NamedPhoto(_photo(line, where), _text(line, "word", where))
        for where, line in json_lines(path)
    ]


class PhotoFolder:
    """The bytes of photos by name: of files below a folder, or of a zip file's members."""

    def __init__(self, path: Path) -> None:
        """Raises `ListError` where `path` is neither a folder nor a zip file."""
        self._path = path
        self._zip = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
        if self._zip is None and not path.is_dir():
            raise ListError(f"{path} is neither a folder nor a zip file of photos.")

    def read(self, name: str) -> bytes:
        """The photo's bytes; raises `ListError` where there is none of this name."""
        try:
            return self._zip.read(name) if self._zip else (self._path / name).read_bytes()
        except (KeyError, OSError) as error:
            raise ListError(f"There is no photo {name} in {self._path}.") from error


def json_lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each line that is not empty, as FILE:NUMBER and its object; raises `ListError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ListError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ListError(f"{path} is no UTF-8 text.") from error
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise ListError(f"{where}: no JSON ({error}).") from error
        if not isinstance(entry, dict):
            raise ListError(f"{where}: a line must be a JSON object.")
        yield where, entry


def _labelled(line: Mapping[str, Any], known: frozenset[str], where: str) -> LabelledPhoto:
    labels, core = _labels(line, "labels", where), _labels(line, "core", where)
    unknown = _labels(line, "unknown", where)
    if strange := sorted((labels | core | unknown) - known):
        raise ListError(f"{where}: not in the label bank: {', '.join(strange)}.")
    if not labels:
        raise ListError(f"{where}: `labels` must name at least one label.")
    group = line.get("group")
    return LabelledPhoto(
        _photo(line, where),
        labels | core,
        core,
        str(group) if group else None,
        unknown - labels - core,
    )


def _labels(line: Mapping[str, Any], key: str, where: str) -> frozenset[str]:
    given = line.get(key, [])
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise ListError(f"{where}: `{key}` must be a list of labels.")
    return frozenset(given)


def _photo(line: Mapping[str, Any], where: str) -> str:
    return _text(line, "photo" if "photo" in line else "file", where)


def _text(line: Mapping[str, Any], key: str, where: str) -> str:
    given = line.get(key)
    if not isinstance(given, str) or not given:
        raise ListError(f"{where}: `{key}` must be a text.")
    return given
