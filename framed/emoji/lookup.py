"""Emoji for labels: our own table, the Unicode names, and perhaps another service's table."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from framed.emoji.remote import RemoteEmoji
from framed.emoji.table import EmojiTable, read_own
from framed.emoji.unicode_names import emoji_by_name
from framed.emoji.words import plain, singulars

logger = logging.getLogger("framed.emoji")

FILE = "emoji.json"


class Emoji:
    """Gives labels their emoji; `file` is our own table, read at the first question."""

    def __init__(self, file: Path, remote: RemoteEmoji | None = None) -> None:
        self._file = file
        self._remote = remote
        self._table: EmojiTable | None = None

    async def of(self, labels: Sequence[str]) -> Mapping[str, str | None]:
        """Label -> emoji, or None where there is none; never fails."""
        elsewhere = self._remote.mapping() if self._remote else {}
        if self._table is None:
            self._table = await asyncio.to_thread(_table_of, self._file)
        table = self._table
        return {label: table.of(label) or _theirs(label, table.own, elsewhere) for label in labels}


def _theirs(label: str, own: Mapping[str, str | None], elsewhere: Mapping[str, str]) -> str | None:
    """What another service says of a label that our own table is silent about."""
    words = plain(label)
    if any(spelling in own for spelling in (words, *singulars(words))):
        return None  # null there is an answer: there is to be none
    return elsewhere.get(words)


def _table_of(file: Path) -> EmojiTable:
    try:
        own = read_own(file)
    except ValueError as bad:
        logger.error("emoji by their Unicode names only: %s", bad)
        own = {}
    return EmojiTable(own, emoji_by_name())
