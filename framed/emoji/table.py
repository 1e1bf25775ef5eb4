"""Which emoji a label has: by our own table, else by the Unicode names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from framed.emoji.words import plain, singulars
from framed.regular_file import MIB, read_regular

MOST_BYTES = 16 * MIB  # of the table
MOST_CHARACTERS = 32  # of one emoji: a family of four has eleven


@dataclass(frozen=True)
class EmojiTable:
    """`own` comes first; a None there says that the Unicode name means something else.

    All keys are plain (see `words`).
    """

    own: Mapping[str, str | None]
    named: Mapping[str, str]

    def of(self, label: str) -> str | None:
        """The emoji of the label as it stands, else of its singular, else None."""
        words = plain(label)
        for spelling in (words, *singulars(words)):
            if spelling in self.own:
                return self.own[spelling]
            if spelling in self.named:
                return self.named[spelling]
        return None


def read_own(file: Path) -> Mapping[str, str | None]:
    """The table of `file`, {label: emoji or null}; empty where there is no such file.

    Raises `ValueError` that says what is wrong with it.
    """
    try:
        found = json.loads(read_regular(file, MOST_BYTES).decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as fault:
        raise ValueError(f"{file.name} cannot be read: {fault}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{file.name} must hold an object, label -> emoji or null")
    for label, picture in found.items():
        if picture is not None and not is_emoji(picture):
            raise ValueError(f"{file.name}: {picture!r:.40} of {label!r:.40} is not one emoji")
    return {plain(label): picture for label, picture in found.items()}


def is_emoji(value: object) -> bool:
    """Whether `value` is a text of exactly one emoji."""
    import emoji

    return isinstance(value, str) and len(value) <= MOST_CHARACTERS and emoji.is_emoji(value)
