"""How long texts take to encode, as measured: by the prompt, and by how long the prompts are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

_MEMORY = 5.0  # chunks of a kind that count; as many tell how fast the machine is at best
_FULL = 24  # prompts; what smaller chunks say counts less: they may have waited behind photos
_CALL = 8  # prompts that take as long as a call by itself
_LETTERS = 64  # a chunk is as slow as its longest prompt; so many letters make a kind of chunk
_KINDS = 6  # longer prompts are cut by most models


@dataclass(frozen=True, eq=False)
class Chunk:
    """Prompts that are encoded together, at least one."""

    prompts: Sequence[str]

    @property
    def weight(self) -> int:
        """What it costs, in prompts of its kind."""
        return _CALL + len(self.prompts)

    @cached_property
    def kind(self) -> int:
        """Chunks of a kind take as long a prompt."""
        return min(max(map(len, self.prompts)) // _LETTERS, _KINDS - 1)


@dataclass
class _Measured:
    """Seconds a prompt, in chunks of one kind; `count`: of the chunks that it is the mean of."""

    lately: float = 0.0
    best: float = math.inf
    count: float = 0.0

    def note(self, chunk: Chunk, seconds: float) -> None:
        each, share = seconds / chunk.weight, min(1.0, len(chunk.prompts) / _FULL)
        self.count = min(self.count + share, _MEMORY)
        self.lately += share / self.count * (each - self.lately)
        self.best = min(each, self.best)


class TextPace:
    """Seconds a prompt takes in a chunk of its kind; a kind not seen yet is as the nearest one."""

    def __init__(self) -> None:
        self._first: set[int] = set()  # kinds of which one chunk was encoded
        self._kinds: dict[int, _Measured] = {}

    def __bool__(self) -> bool:
        """Whether anything was measured yet."""
        return bool(self._kinds)

    def note(self, chunk: Chunk, seconds: float) -> None:
        """`chunk` was encoded in `seconds`, its wait behind photos included. The first one of its
        kind tells nothing: engines prepare themselves for a shape they have not seen."""
        if chunk.kind not in self._first:
            self._first.add(chunk.kind)
            return
        self._kinds.setdefault(chunk.kind, _Measured()).note(chunk, seconds)

    def expected(self, chunks: Iterable[Chunk]) -> float:
        """Seconds that `chunks` will take, as it goes now; 0 before anything was measured."""
        return _total(chunks, {kind: each.lately for kind, each in self._kinds.items()})

    def at_best(self, chunks: Iterable[Chunk]) -> float:
        """Seconds that `chunks` would take with nothing beside them; 0 where that is not known."""
        known = {kind: each.best for kind, each in self._kinds.items() if each.count == _MEMORY}
        return _total(chunks, known)


def _total(chunks: Iterable[Chunk], paces: Mapping[int, float]) -> float:
    if not paces:
        return 0.0
    return sum(chunk.weight * _nearest(paces, chunk.kind) for chunk in chunks)


def _nearest(paces: Mapping[int, float], kind: int) -> float:
    if (seconds := paces.get(kind)) is not None:
        return seconds
    return paces[min(paces, key=lambda known: abs(known - kind))]
