"""The word that somebody may have meant, sought only a few times: each takes a look at all."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

_HINTS = 3  # of a file, whatever is wrong with the rest of it


class Nearest:
    """Hints at the nearest of `known`, for the first few words that are not among them."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = known
        self._left = _HINTS

    def hint(self, word: str) -> str:
        """'; did you mean …?', or nothing."""
        near = get_close_matches(word, self._known, n=1) if self._left else []
        self._left = max(self._left - 1, 0)
        return f"; did you mean {near[0]!r}?" if near else ""
