"""How long texts take to encode, as measured: by the prompt, and by how long the prompts are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

_WEIGHT = 0.3  # of the newest chunk
_LETTERS = 64  # a chunk is as slow as its longest prompt; so many letters make a kind of chunk
_KINDS = 6  # longer prompts are cut by most models


@dataclass(frozen=True, eq=False)
class Chunk:
    """Prompts that are encoded together, at least one."""

    prompts: Sequence[str]

    @cached_property
    def kind(self) -> int:
        """Chunks of a kind take as long a prompt."""
        return min(max(map(len, self.prompts)) // _LETTERS, _KINDS - 1)


class TextPace:
    """Seconds a prompt takes in a chunk of its kind; a kind not seen yet is as the nearest one."""

    def __init__(self) -> None:
        self._lately: dict[int, float] = {}
        self._best: dict[int, float] = {}

    def __bool__(self) -> bool:
        """Whether anything was measured yet."""
        return bool(self._lately)

    def note(self, chunk: Chunk, seconds: float) -> None:
        """`chunk` was encoded in `seconds`, its wait behind photos included."""
        kind, each = chunk.kind, seconds / len(chunk.prompts)
        before = self._lately.get(kind, each)
        self._lately[kind] = before + _WEIGHT * (each - before)
        self._best[kind] = min(each, self._best.get(kind, each))

    def expected(self, chunks: Iterable[Chunk]) -> float:
        """Seconds that `chunks` will take, as it goes now; 0 before anything was measured."""
        return _total(chunks, self._lately)

    def at_best(self, chunks: Iterable[Chunk]) -> float:
        """Seconds that `chunks` would take with nothing beside them."""
        return _total(chunks, self._best)


def _total(chunks: Iterable[Chunk], paces: Mapping[int, float]) -> float:
    if not paces:
        return 0.0
    return sum(len(chunk.prompts) * _nearest(paces, chunk.kind) for chunk in chunks)


def _nearest(paces: Mapping[int, float], kind: int) -> float:
    if (seconds := paces.get(kind)) is not None:
        return seconds
    return paces[min(paces, key=lambda known: abs(known - kind))]
