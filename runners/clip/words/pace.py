"""How long texts take to encode, as measured: by the prompt, and by how long the prompts are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

_WEIGHT = 0.2  # of the newest chunk
_ENOUGH = 5  # chunks of a kind that tell how fast the machine is
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


@dataclass
class _Measured:
    """Seconds a prompt, in chunks of one kind."""

    lately: float = 0.0
    best: float = math.inf
    count: int = 0

    def note(self, seconds: float) -> None:
        self.count += 1
        weight = max(_WEIGHT, 1 / self.count)
        self.lately += weight * (seconds - self.lately)
        self.best = min(seconds, self.best)


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
        self._kinds.setdefault(chunk.kind, _Measured()).note(seconds / len(chunk.prompts))

    def expected(self, chunks: Iterable[Chunk]) -> float:
        """Seconds that `chunks` will take, as it goes now; 0 before anything was measured."""
        return _total(chunks, {kind: each.lately for kind, each in self._kinds.items()})

    def at_best(self, chunks: Iterable[Chunk]) -> float:
        """Seconds that `chunks` would take with nothing beside them; 0 where that is not known."""
        known = {kind: each.best for kind, each in self._kinds.items() if each.count >= _ENOUGH}
        return _total(chunks, known)


def _total(chunks: Iterable[Chunk], paces: Mapping[int, float]) -> float:
    if not paces:
        return 0.0
    return sum(len(chunk.prompts) * _nearest(paces, chunk.kind) for chunk in chunks)


def _nearest(paces: Mapping[int, float], kind: int) -> float:
    if (seconds := paces.get(kind)) is not None:
        return seconds
    return paces[min(paces, key=lambda known: abs(known - kind))]
