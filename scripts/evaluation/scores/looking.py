"""Photos as the scores need them: a vector each, and the tones of the whole photo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from framed.photo import Pixels, Tones
from framed.questions import RankQuestion
from runners.clip.choosing import Table
from runners.clip.ranking import cosines
from runners.clip.words_asked import WordsAsked
from scripts.evaluation.figures import OWN_TEMPERATURE

Rows = npt.NDArray[np.float32]

_TOGETHER = 64  # photos whose squares are held at a time


class Looks(Protocol):
    """What is needed of a model; `scripts.evaluation.model.Evaluated` is one."""

    def look(self, data: bytes) -> tuple[Pixels, Tones | None]: ...
    def see(self, squares: Iterable[Pixels]) -> Rows: ...


@dataclass(frozen=True, eq=False)
class Looked:
    """Unit rows [P, D] of P photos, and what their pixels say."""

    rows: Rows
    tones: tuple[Tones | None, ...]

    @property
    def unheard(self) -> Looked:
        """The same where nobody asks the pixels."""
        return Looked(self.rows, (None,) * len(self.rows))

    def tables(self, words: WordsAsked, temperature: float = OWN_TEMPERATURE) -> list[Table]:
        """What every label of `words` gets in each photo."""
        rows = words.bank.rows
        return [
            words.table(row, cosines(row, rows), RankQuestion(temperature=temperature, tones=tones))
            for row, tones in zip(self.rows, self.tones, strict=True)
        ]


def look_at(model: Looks, names: Iterable[str], read: Callable[[str], bytes]) -> Looked:
    """The photos of these names, of which there is one at least; raises what reading raises."""
    rows: list[Rows] = []
    tones: list[Tones | None] = []
    for chunk in _chunks(names):
        looks = [model.look(read(name)) for name in chunk]
        rows.append(model.see(square for square, _ in looks))
        tones += [each for _, each in looks]
    return Looked(np.concatenate(rows), tuple(tones))


def _chunks(names: Iterable[str]) -> Iterable[Sequence[str]]:
    chunk: list[str] = []
    for name in names:
        chunk.append(name)
        if len(chunk) == _TOGETHER:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def stacked(tables: Sequence[Table], name: str) -> npt.NDArray[np.float64]:
    """One of the arrays of each table, [P, N]."""
    return np.stack([getattr(table, name) for table in tables])
