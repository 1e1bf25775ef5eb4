"""Texts through an exported text tower: tokens, shared beginnings, and the tower's own runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from runners.clip.prepared.folder import FIRST_PREFIX, Prepared
from runners.clip.words.encoder import encode_rows
from runners.clip.words.prefixes import plan
from runners.clip.words.tokenizer import ClipTokenizer

Rows = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
RunTower = Callable[[Ids, Rows, str], Rows]  # ids, prefix, "rows" or "grown"

_PREFIXES = 8  # remembered: those of a bank's templates come again with every chunk


class PrefixedTexts:
    """Text in, unit vectors out, over any engine's `run` of the exported tower."""

    def __init__(self, prepared: Prepared, run: RunTower) -> None:
        self._prepared = prepared
        self._run = run
        self._known: dict[bytes, Rows] = {}

    def encode(self, texts: Sequence[str]) -> Rows:
        """N texts, cut at the context length -> unit rows float32 [N, D]."""
        rows = self._rows(texts)
        dim = self._prepared.facts.embedding_dim
        return encode_rows(rows, self._prefix, self._suffix, dim=dim)

    def arrange(self, prompts: Sequence[str], most: int) -> list[list[str]]:
        """`prompts` in chunks of at most `most` that are best encoded together."""
        pieces = plan(self._rows(prompts), batch=most)
        return [[prompts[index] for index in piece.indices] for piece in pieces]

    def _rows(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids up to the first end token: a text that spells another is pooled at the first."""
        end = self._tokenizer.eot
        return [row[: row.index(end) + 1] for row in self._tokenizer(list(texts))]

    def _prefix(self, ids: Ids) -> Rows:
        """Ids [1, P] that several texts begin with -> what the rest of them must know."""
        if ids.shape[1] == 1:
            return self._first_prefix
        key = ids.tobytes()
        if (known := self._known.get(key)) is None:
            known = self._run(ids[:, 1:], self._first_prefix, "grown")
            while len(self._known) >= _PREFIXES:
                self._known.pop(next(iter(self._known)), None)
            self._known[key] = known
        return known

    def _suffix(self, ids: Ids, prefix: Rows) -> Rows:
        return self._run(ids, prefix, "rows")

    @cached_property
    def _tokenizer(self) -> ClipTokenizer:
        return ClipTokenizer.load(self._prepared.folder)

    @cached_property
    def _first_prefix(self) -> Rows:
        """What every text begins with: keys and values [layers, 2, heads, 1, head_dim]."""
        first: Rows = np.load(self._prepared.folder / FIRST_PREFIX, allow_pickle=False)
        return first
