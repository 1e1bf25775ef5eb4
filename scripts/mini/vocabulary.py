"""CLIP's byte-pair vocabulary: what its tokens spell, and texts as their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

CONTEXT = 77
_WORD_END = "</w>"


@dataclass(frozen=True)
class Tokens:
    """Texts as token numbers int64 [n, 77], zero behind the end token, and their lengths."""

    ids: torch.Tensor
    lengths: npt.NDArray[np.int64]


def tokenize(texts: Sequence[str]) -> Tokens:
    """As stock open_clip does it."""
    ids: torch.Tensor = _tokenizer()(list(texts))
    lengths = (ids.argmax(dim=1) + 1).numpy().astype(np.int64)  # the end token is the largest
    return Tokens(ids.to(torch.int32), lengths)


def spellings() -> list[str]:
    """What each of the 49,408 tokens spells, in lower case, without the mark of a word's end."""
    tokenizer = _tokenizer()
    return [
        bytes(tokenizer.byte_decoder[letter] for letter in _bare(tokenizer.decoder[at]))
        .decode("utf-8", errors="ignore")
        .lower()
        if at < len(tokenizer.decoder) - 2
        else ""
        for at in range(len(tokenizer.decoder))
    ]


def whole_words() -> list[str]:
    """Words of letters that are a single token, the most frequent first (the vocabulary is in
    the order in which it was merged)."""
    tokenizer = _tokenizer()
    found = []
    for at in range(len(tokenizer.decoder) - 2):
        token = tokenizer.decoder[at]
        word = token.removesuffix(_WORD_END)
        if token.endswith(_WORD_END) and len(word) > 2 and word.isascii() and word.isalpha():
            found.append(word)
    return found


def _bare(token: str) -> str:
    return token.removesuffix(_WORD_END)


def _tokenizer() -> Any:
    import open_clip

    return open_clip.SimpleTokenizer(context_length=CONTEXT)
