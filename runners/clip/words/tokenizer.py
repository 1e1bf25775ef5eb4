"""CLIP's byte pair encoding: the ids that open_clip's SimpleTokenizer gives, without open_clip.

With its usual cleaning ("lower") and its usual cut; sentencepiece and BERT are other tokenizers.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from framed.extras import AbsentError, absence
from framed.regular_file import read_regular_text
from runners.clip.words.cleaning import clean
from runners.clip.words.letters import LETTERS

TOKENIZER_FILE = "tokenizer.json"
CONTEXT_LENGTH = 77
MERGES = 49_152 - 256 - 2  # of those in the published file, the ones that CLIP was trained with
BOS, EOT = "<start_of_text>", "<end_of_text>"

REMEMBERED = 16_384  # words
LONGEST_REMEMBERED = 40  # letters; what is longer is hardly a word, and hardly comes again

_END = "</w>"  # marks the last letter of a word
_FORMAT = "framed clip bpe 1"
_DAMAGED = (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error)
_WORDS = rf"{BOS}|{EOT}|'s|'t|'re|'ve|'m|'ll|'d|[\p{{L}}]+|[\p{{N}}]|[^\s\p{{L}}\p{{N}}]+"


class ClipTokenizer:
    """Texts to ids; safe for several threads.

    `merges` are the pairs of symbols "a b" that become one, the most frequent first; `ids` the
    number of every symbol.
    """

    def __init__(self, merges: Sequence[str], context_length: int = CONTEXT_LENGTH) -> None:
        import regex  # the standard library's `re` knows no \p{L}

        if context_length < 2:
            raise ValueError(f"no text fits into a context of {context_length} ids")
        self.context_length = context_length
        self.merges = tuple(merges)
        self._ranks = {pair: rank for rank, pair in enumerate(self.merges)}
        self.ids = {symbol: number for number, symbol in enumerate(_symbols(self.merges))}
        self.bos, self.eot = self.ids[BOS], self.ids[EOT]
        self._words: Callable[[str], list[str]] = regex.compile(_WORDS, regex.IGNORECASE).findall
        self._remembered = lru_cache(REMEMBERED)(self._ids_of)

    @classmethod
    def from_vocabulary(cls, file: Path, context_length: int = CONTEXT_LENGTH) -> Self:
        """From the vocabulary as CLIP published it: gzip, a heading, then a merge a line.

        Raises `ValueError` where the file is absent, damaged or something else.
        """
        try:
            lines = gzip.decompress(file.read_bytes()).decode("utf-8").split("\n")
        except _DAMAGED as error:
            raise ValueError(f"{file} is no vocabulary of CLIP: {error}") from error
        merges = lines[1 : 1 + MERGES]
        if len(merges) < MERGES or any(line.count(" ") != 1 for line in merges):
            raise ValueError(f"{file} is no vocabulary of CLIP: it holds no {MERGES} merges")
        return cls(merges, context_length)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The tokenizer that was saved there; `ValueError` where it is absent or damaged."""
        file = folder / TOKENIZER_FILE
        try:
            stored = json.loads(read_regular_text(file))
            if stored["format"] != _FORMAT:
                raise ValueError(f"it is not of the format {_FORMAT!r}")
            return cls(stored["merges"].split("\n"), stored["context_length"])
        except (*_DAMAGED, AttributeError) as error:
            raise ValueError(f"{file} is no saved tokenizer: {error}") from error

    def save(self, folder: Path) -> Path:
        """Writes all that `load` needs into `folder`; says into which file."""
        file = folder / TOKENIZER_FILE
        stored = {
            "format": _FORMAT,
            "context_length": self.context_length,
            "merges": "\n".join(self.merges),
        }
        file.write_text(json.dumps(stored), encoding="ascii")
        return file

    def __call__(self, texts: Iterable[str]) -> list[list[int]]:
        """The ids of each text, BOS to EOT, at most `context_length` of them; not padded.

        A text that is too long loses its end, but for EOT.
        """
        return [self._row(text) for text in texts]

    def _row(self, text: str) -> list[int]:
        row, last = [self.bos], self.context_length - 1
        for word in self._words(clean(text)):
            row += self._ids_of(word) if len(word) > LONGEST_REMEMBERED else self._remembered(word)
            if len(row) >= last:
                break
        return [*row[:last], self.eot]

    def _ids_of(self, word: str) -> tuple[int, ...]:
        letters = [LETTERS[byte] for byte in word.encode("utf-8")]
        if (special := "".join(letters)) in (BOS, EOT):
            return (self.ids[special],)
        letters[-1] += _END
        return tuple(self.ids[symbol] for symbol in self._merged(letters))

    def _merged(self, symbols: list[str]) -> list[str]:
        """`symbols` after every merge that fits, the earliest in the list of merges first.

        A merge makes pairs of later ranks only, so that taking the lowest rank, then the leftmost
        place, is the same as joining all pairs of one rank from the left, rank by rank.
        """
        left, right = list(range(-1, len(symbols) - 1)), list(range(1, len(symbols) + 1))
        waiting: list[tuple[int, int, str]] = []

        def propose(at: int) -> None:
            if at >= 0 and right[at] < len(symbols):
                pair = f"{symbols[at]} {symbols[right[at]]}"
                if (rank := self._ranks.get(pair)) is not None:
                    heappush(waiting, (rank, at, pair))

        for at in range(len(symbols) - 1):
            propose(at)
        while waiting:
            _, at, pair = heappop(waiting)
            if right[at] >= len(symbols) or f"{symbols[at]} {symbols[right[at]]}" != pair:
                continue  # one of the two was joined meanwhile
            gone = right[at]
            symbols[at], symbols[gone] = symbols[at] + symbols[gone], ""
            right[at] = right[gone]
            if right[at] < len(symbols):
                left[right[at]] = at
            right[gone] = len(symbols)
            propose(left[at])
            propose(at)
        return [symbol for symbol in symbols if symbol]


def padded(rows: Sequence[Sequence[int]], length: int | None = None) -> npt.NDArray[np.int64]:
    """`rows` as one array [N, length] with zeros behind; by default as long as the longest.

    Raises `ValueError` where a row is longer.
    """
    longest = max(map(len, rows), default=0)
    length = longest if length is None else length
    if longest > length:
        raise ValueError(f"a row of {longest} ids does not fit into {length}")
    ids = np.zeros((len(rows), length), dtype=np.int64)
    for line, row in zip(ids, rows, strict=True):
        line[: len(row)] = row
    return ids


def open_clip_vocabulary() -> Path:
    """The vocabulary that the installed open_clip brings; does not import open_clip.

    Raises `AbsentError` where there is none.
    """
    spec = importlib.util.find_spec("open_clip")
    origin = Path(spec.origin) if spec and spec.origin else None
    file = origin and origin.with_name("bpe_simple_vocab_16e6.txt.gz")
    if file is None or not file.is_file():
        raise AbsentError(f"{absence('Reading words as CLIP does, before they are prepared,')}.")
    return file


def _symbols(merges: Sequence[str]) -> Iterator[str]:
    """All symbols in the order of their ids."""
    yield from LETTERS.values()
    yield from (letter + _END for letter in LETTERS.values())
    yield from (pair.replace(" ", "", 1) for pair in merges)
    yield from (BOS, EOT)
