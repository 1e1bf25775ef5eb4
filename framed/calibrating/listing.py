"""A labelled list: one JSON line a photo, read and checked before anything is encoded.

A line is {"photo", "labels", "unknown"?}: all labels that are true of the photo, and those that
nobody has looked for. `file` stands for `photo` too; further fields do not matter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framed.regular_file import MIB, read_regular

MOST_BYTES = 64 * MIB


class ListError(Exception):
    """A list that cannot be used; the message names file, line and what is wrong."""


@dataclass(frozen=True)
class Example:
    """A photo by its name in the photo folder, what is true of it, and what nobody looked for."""

    photo: str
    labels: frozenset[str]
    unknown: frozenset[str] = frozenset()


def read_examples(path: Path) -> list[Example]:
    """The photos of `path`; raises `ListError`, also for a photo that is there twice."""
    first: dict[str, str] = {}
    found = []
    for where, line in json_lines(path):
        example = _example(line, where)
        if example.photo in first:
            raise ListError(f"{where}: {example.photo} is already at {first[example.photo]}.")
        first[example.photo] = where
        found.append(example)
    return found


def json_lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each line that is not empty, as FILE:NUMBER and its object; raises `ListError`."""
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ListError(f"{where}: no JSON ({error}).") from error
        if not isinstance(entry, dict):
            raise ListError(f"{where}: a line must be a JSON object.")
        yield where, entry


def labels_of(line: Mapping[str, Any], key: str, where: str) -> frozenset[str]:
    """The labels under `key`, none where it is absent; raises `ListError`."""
    given = line.get(key, [])
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise ListError(f"{where}: `{key}` must be a list of labels.")
    return frozenset(given)


def photo_of(line: Mapping[str, Any], where: str) -> str:
    """The photo's name; raises `ListError`."""
    return text_of(line, "photo" if "photo" in line else "file", where)


def text_of(line: Mapping[str, Any], key: str, where: str) -> str:
    """The text under `key`; raises `ListError` where there is none."""
    value = line.get(key)
    if not isinstance(value, str) or not value:
        raise ListError(f"{where}: `{key}` must be a text.")
    return value


def _example(line: Mapping[str, Any], where: str) -> Example:
    if "labels" not in line:
        raise ListError(f"{where}: `labels` must be a list of labels.")
    labels = labels_of(line, "labels", where)
    return Example(photo_of(line, where), labels, labels_of(line, "unknown", where) - labels)


def _text(path: Path) -> str:
    try:
        return read_regular(path, MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise ListError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ListError(f"{path} is no UTF-8 text.") from error
