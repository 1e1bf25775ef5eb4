"""A tokenizer of the library `tokenizers`, set as open_clip sets it, without open_clip.

What it knows lies in one file: the vocabularies of many languages, SigLIP's and XLM-R's among them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from framed.regular_file import read_regular_text
from runners.clip.words.cleaning import CLEANINGS

_FORMAT = "framed library tokenizer 1"


class LibraryTokenizer:
    """Texts to ids; safe for several threads.

    `state` is the tokenizer as its library writes it, truncation and padding included; `cleaning`
    one of `CLEANINGS`. `fixed` says that rows are padded to the full context: where the tower looks
    at its padding.
    """

    def __init__(self, state: str, cleaning: str, *, fixed: bool) -> None:
        from tokenizers import Tokenizer  # 0.1 s, and only some models need it

        self._state, self._cleaning, self._fixed = state, cleaning, fixed
        self._clean = CLEANINGS[cleaning]
        self._backend = Tokenizer.from_str(state)
        padding = self._backend.padding
        if not padding or padding["direction"] != "right" or not self._backend.truncation:
            raise ValueError("it does not cut texts, or does not pad behind them")
        self.context_length, self.padding = int(padding["length"]), int(padding["pad_id"])
        self._backend.no_padding()

    @classmethod
    def of_open_clip(cls, tokenizer: Any, tried: Sequence[str], *, fixed: bool) -> Self:
        """What open_clip's `tokenizer` does, if it does the same for all texts of `tried`.

        Raises `ValueError` where it does not, or is none of the library's.
        """
        theirs = tokenizer(list(tried)).tolist()  # from here on it is set to cut and to pad
        backend = getattr(getattr(tokenizer, "tokenizer", None), "backend_tokenizer", None)
        if backend is None:
            raise ValueError("it is none of the library `tokenizers`")
        cleaned = [tokenizer.clean_fn(text) for text in tried]
        for cleaning, clean in CLEANINGS.items():
            if list(map(clean, tried)) == cleaned:
                whole = cls(backend.to_str(), cleaning, fixed=True)
                if whole.padded(whole(tried)).tolist() == theirs:
                    return cls(backend.to_str(), cleaning, fixed=fixed)
        raise ValueError("it does more than its library's part of it")

    @classmethod
    def load(cls, file: Path) -> Self:
        """The tokenizer that was saved there; `ValueError` where the file is another."""
        stored = json.loads(read_regular_text(file))
        if stored["format"] != _FORMAT:
            raise ValueError(f"{file} is not of the format {_FORMAT!r}")
        return cls(stored["state"], stored["cleaning"], fixed=stored["fixed"])

    def save(self, file: Path) -> None:
        """Writes all that `load` needs."""
        stored = {
            "format": _FORMAT,
            "cleaning": self._cleaning,
            "fixed": self._fixed,
            "state": self._state,
        }
        file.write_text(json.dumps(stored), encoding="utf-8")

    def __call__(self, texts: Iterable[str]) -> list[list[int]]:
        """The ids of each text, at most `context_length` of them; not padded."""
        cleaned = [self._clean(text) for text in texts]
        return [list(found.ids) for found in self._backend.encode_batch(cleaned)]

    def padded(self, rows: Sequence[Sequence[int]]) -> npt.NDArray[np.int64]:
        """`rows` as one array [N, L], as long as the longest where the tower bears that."""
        longest = max(map(len, rows), default=0)
        length = self.context_length if self._fixed else max(1, longest)
        ids = np.full((len(rows), length), self.padding, dtype=np.int64)
        for line, row in zip(ids, rows, strict=True):
            line[: len(row)] = row
        return ids
