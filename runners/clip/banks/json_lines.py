"""The values of a list in a JSON file, with the line that each starts on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

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
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise invalid(file, reason) from None
    except RecursionError:
        raise invalid(file, "is nested too deeply") from None
    found = whole.get(key) if isinstance(whole, dict) else whole
    if not isinstance(found, list):
        raise invalid(file, f'must hold {{"{key}": [...]}}')
    start = _skip(text, 0)
    return tuple(_list_at(text, _list_start(text, key) if text[start] == "{" else start))


def _list_start(text: str, key: str) -> int:
    """Where the value of `key` starts in an object known to hold it (the last, if twice)."""
    at, found = _skip(text, 0) + 1, -1
    while text[at := _skip(text, at, _SPACE_OR_COMMA)] != "}":
        name, at = _decode(text, at)
        at = _skip(text, _skip(text, at) + 1)  # over the colon
        if name == key:
            found = at
        _, at = _decode(text, at)
    return found


def _list_at(text: str, at: int) -> Iterator[Entry]:
    at, line, counted = at + 1, 1, 0
    while text[at := _skip(text, at, _SPACE_OR_COMMA)] != "]":
        line, counted = line + text.count("\n", counted, at), at
        value, at = _decode(text, at)
        yield Entry(value, line)


def _skip(text: str, at: int, what: re.Pattern[str] = _SPACE) -> int:
    match = what.match(text, at)
    return match.end() if match else at
