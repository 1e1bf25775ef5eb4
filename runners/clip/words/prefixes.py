"""Which prompts are encoded together: those that begin alike, and of those the ones alike long.

In a causal text tower the first tokens know nothing of what follows: "a photo of a" is computed
once for all labels of its template.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

BATCH = 50  # rows a call: larger ones are padded more and leave the processor's caches
LEAST = 24  # rows for which a prefix of their own is computed: a call costs about as many tokens

Row = Sequence[int]


@dataclass(frozen=True)
class Piece:
    """The rows `indices`, all of which begin with `prefix` and go on behind it."""

    prefix: tuple[int, ...]
    indices: list[int]


def plan(rows: Sequence[Row], *, batch: int = BATCH, least: int = LEAST) -> list[Piece]:
    """Pieces of at most `batch` rows in which every row occurs once.

    A row's prefix is the longest that at least `least` rows use; it never holds a row's last id.
    Rows without such company share what they all have in common, if that is worth a call. Pieces
    of one prefix follow each other, the shorter rows first. Raises `ValueError` for a row of less
    than two ids.
    """
    if any(len(row) < 2 for row in rows):
        raise ValueError("a row needs a first id that may be shared, and a last one")
    return [
        Piece(prefix, indices)
        for group in _groups(rows, least)
        for prefix in [_prefix_of([rows[index] for index in group], least)]
        for indices in _batches(sorted(group, key=lambda index: len(rows[index])), batch)
    ]


def _groups(rows: Sequence[Row], least: int) -> Iterator[list[int]]:
    for alike in _by_id(rows, range(len(rows)), 0).values():
        groups: list[list[int]] = []
        left = _gather(rows, alike, 1, least, groups)
        yield from groups
        if left:
            yield left


def _gather(
    rows: Sequence[Row], alike: list[int], depth: int, least: int, groups: list[list[int]]
) -> list[int]:
    """Of the rows `alike` up to `depth`, those that found too little company for a group.

    The deepest groups are made first; who is left over tries again with a shorter prefix.
    """
    longer = [index for index in alike if len(rows[index]) > depth + 1]
    left = [index for index in alike if len(rows[index]) == depth + 1]
    for closer in _by_id(rows, longer, depth).values():
        few = len(closer) < least
        left += closer if few else _gather(rows, closer, depth + 1, least, groups)
    if len(left) < least:
        return left
    groups.append(left)
    return []


def _by_id(rows: Sequence[Row], indices: Sequence[int], depth: int) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for index in indices:
        found.setdefault(rows[index][depth], []).append(index)
    return found


def _prefix_of(rows: Sequence[Row], least: int) -> tuple[int, ...]:
    """What all `rows` begin with, but for their last ids; one id where more would not pay."""
    inner = [list(row[:-1]) for row in rows]
    ends = zip(min(inner), max(inner), strict=False)  # what these share, all between them share
    common = tuple(first for first, _ in takewhile(lambda ids: ids[0] == ids[1], ends))
    saved = (len(rows) - 1) * (len(common) - 1)  # tokens, beside what the first id alone saves
    return common if saved >= least - 1 else common[:1]  # `least` rows and one more id pay


def _batches(indices: list[int], batch: int) -> Iterator[list[int]]:
    """`indices` in order, in as few parts of at most `batch` as can be, and of like size."""
    parts = -(-len(indices) // batch)
    at = 0
    for left in range(parts, 0, -1):
        size = -(-(len(indices) - at) // left)
        yield indices[at : at + size]
        at += size
