"""The values of a list or an object in a JSON file, with the line that each starts on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runners.clip.banks.bank_text import Entry, invalid, read_text

_decode = json.JSONDecoder().raw_decode
_SPACE = re.compile(r"[ \t\r\n]*")
_SPACE_OR_COMMA = re.compile(r"[ \t\r\n,]*")


def entries_of(file: Path, key: str) -> tuple[Entry, ...]:
    """The values of `{key: [...]}`, or of a bare `[...]`, in `file`.

    Raises `FramedError` (invalid bank) with line and column where the file is no JSON, or where
    the list is not there.
    """
    text = read_text(file)
    whole = _loaded(file, text)
    found = whole.get(key) if isinstance(whole, dict) else whole
    if not isinstance(found, list):
        raise invalid(file, f'must hold {{"{key}": [...]}}')
    start = _skip(text, 0)
    return tuple(_list_at(text, _list_start(text, key) if text[start] == "{" else start))


def members_of(file: Path) -> tuple[tuple[str, Entry], ...]:
    """The members of the object in `file`, one that is there twice included; raises as above."""
    text = read_text(file)
    if not isinstance(_loaded(file, text), dict):
        raise invalid(file, "must hold an object")
    return tuple(_members_at(text, _skip(text, 0)))


def _loaded(file: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise invalid(file, reason) from None
    except RecursionError:
        raise invalid(file, "is nested too deeply") from None


def _list_start(text: str, key: str) -> int:
    """Where the value of `key` starts in an object known to hold it (the last, if twice)."""
    return max(at for name, at, _ in _values_at(text, _skip(text, 0)) if name == key)


def _members_at(text: str, at: int) -> Iterator[tuple[str, Entry]]:
    line, counted = 1, 0
    for name, start, value in _values_at(text, at):
        line, counted = line + text.count("\n", counted, start), start
        yield name, Entry(value, line)


def _values_at(text: str, at: int) -> Iterator[tuple[str, int, object]]:
    """Name, place and value of each member of the object that starts at `at`."""
    at += 1
    while text[at := _skip(text, at, _SPACE_OR_COMMA)] != "}":
        name, at = _decode(text, at)
        start = _skip(text, _skip(text, at) + 1)  # over the colon
        value, at = _decode(text, start)
        yield name, start, value


def _list_at(text: str, at: int) -> Iterator[Entry]:
    at, line, counted = at + 1, 1, 0
    while text[at := _skip(text, at, _SPACE_OR_COMMA)] != "]":
        line, counted = line + text.count("\n", counted, at), at
        value, at = _decode(text, at)
        yield Entry(value, line)


def _skip(text: str, at: int, what: re.Pattern[str] = _SPACE) -> int:
    match = what.match(text, at)
    return match.end() if match else at
