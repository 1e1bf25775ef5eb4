"""The values of lists and objects in a JSON file, with the line that each starts on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runners.clip.banks.bank_text import Entry, invalid, read_text

_decode = json.JSONDecoder().raw_decode
_SPACE = re.compile(r"[ \t\r\n]*")
_SPACE_OR_COMMA = re.compile(r"[ \t\r\n,]*")


@dataclass(frozen=True)
class JsonEntry(Entry):
    """A value that starts at `at` of the `text` of its file, and the way to what is in it."""

    text: str = field(repr=False)
    at: int

    def entries(self) -> Iterator[JsonEntry]:
        """The values of a list."""
        line, counted, at = self.line, self.at, self.at + 1
        while self.text[at := _skip(self.text, at, _SPACE_OR_COMMA)] != "]":
            line, counted = line + self.text.count("\n", counted, at), at
            value, at = _decode(self.text, at)
            yield JsonEntry(value, line, self.text, counted)

    def members(self) -> Iterator[tuple[str, JsonEntry]]:
        """Names and values of an object, one that is there twice included."""
        line, counted, at = self.line, self.at, self.at + 1
        while self.text[at := _skip(self.text, at, _SPACE_OR_COMMA)] != "}":
            name, at = _decode(self.text, at)
            at = _skip(self.text, _skip(self.text, at) + 1)  # over the colon
            line, counted = line + self.text.count("\n", counted, at), at
            value, at = _decode(self.text, at)
            yield name, JsonEntry(value, line, self.text, counted)


def json_of(file: Path) -> JsonEntry:
    """All that `file` holds.

    Raises `FramedError` (invalid bank) with line and column where it is no JSON.
    """
    text = read_text(file)
    at = _skip(text, 0)
    return JsonEntry(_loaded(file, text), 1 + text.count("\n", 0, at), text, at)


def entries_of(file: Path, key: str) -> tuple[JsonEntry, ...]:
    """The values of `{key: [...]}`, or of a bare `[...]`, in `file`; of two such the last.

    Raises as `json_of`, and where the list is not there.
    """
    whole = json_of(file)
    found = dict(whole.members()).get(key) if isinstance(whole.value, dict) else whole
    if found is None or not isinstance(found.value, list):
        raise invalid(file, f'must hold {{"{key}": [...]}}')
    return tuple(found.entries())


def members_of(file: Path) -> tuple[tuple[str, JsonEntry], ...]:
    """The members of the object in `file`, one that is there twice included; raises as above."""
    whole = json_of(file)
    if not isinstance(whole.value, dict):
        raise invalid(file, "must hold an object")
    return tuple(whole.members())


def _loaded(file: Path, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise invalid(file, reason) from None
    except RecursionError:
        raise invalid(file, "is nested too deeply") from None


def _skip(text: str, at: int, what: re.Pattern[str] = _SPACE) -> int:
    match = what.match(text, at)
    return match.end() if match else at
