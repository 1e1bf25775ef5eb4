"""Texts through an exported text tower that takes them whole: every token may look at every other.

So nothing is computed once for many texts, as for CLIP's own towers; those alike long go together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from runners.clip.prepared.folder import LIBRARY_TOKENIZER, Prepared
from runners.clip.words.library_tokenizer import LibraryTokenizer

Rows = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

BATCH = 48  # texts a call


class WholeTexts:
    """Text in, unit vectors out, over any engine's `run` of the exported tower: ids int64 [N, L] ->
    unit rows [N, D]."""

    def __init__(self, prepared: Prepared, run: Callable[[Ids], Rows]) -> None:
        self._prepared = prepared
        self._run = run

    def encode(self, texts: Sequence[str]) -> Rows:
        """N texts, cut at the context length -> unit rows float32 [N, D]."""
        vectors = np.empty((len(texts), self._prepared.facts.embedding_dim), dtype=np.float32)
        rows = self._tokenizer(texts)
        for piece in _pieces(rows, BATCH):
            vectors[piece] = self._run(self._tokenizer.padded([rows[index] for index in piece]))
        return vectors

    def arrange(self, prompts: Sequence[str], most: int) -> list[list[str]]:
        """`prompts` in chunks of at most `most` that are best encoded together."""
        pieces = _pieces(self._tokenizer(prompts), most)
        return [[prompts[index] for index in piece] for piece in pieces]

    @cached_property
    def _tokenizer(self) -> LibraryTokenizer:
        return LibraryTokenizer.load(self._prepared.folder / LIBRARY_TOKENIZER)


def _pieces(rows: Sequence[Sequence[int]], most: int) -> list[list[int]]:
    """The indices of `rows`, the shorter ones first, at most `most` a piece."""
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
    return [order[at : at + most] for at in range(0, len(order), most)]
