"""Out of memory: the same work in halves, down to a single item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from framed.errors import Code
from runners.clip.engines.contract import OutOfMemory

Rows = npt.NDArray[np.float32]


class _Work(Protocol):
    """Anything that has a length and can be cut: an array of photos, a tuple of texts."""

    def __len__(self) -> int: ...
    def __getitem__(self, cut: slice, /) -> Self: ...


Work = TypeVar("Work", bound=_Work)  # Python 3.11 has no shorter way to say this


def encode_in_halves(
    encode: Callable[[Work], Rows],
    work: Work,
    *,
    is_out_of_memory: Callable[[BaseException], bool],
    release_memory: Callable[[], None],
) -> Rows:
    """`encode(work)`, [N, D]; what does not fit is halved and tried again, in order.

    Raises `OutOfMemory` once a single item does not fit; no piece is tried twice as it is.
    """
    waiting = [work]
    done: list[Rows] = []
    while waiting:
        piece = waiting.pop()
        if (rows := _attempt(encode, piece, is_out_of_memory)) is not None:
            done.append(rows)
            continue
        release_memory()  # here, since the error's frames held the tensors until it was gone
        half = len(piece) // 2
        if half == 0:
            raise OutOfMemory(
                Code.OUT_OF_MEMORY,
                "The model ran out of memory on a single item; try again later or use a smaller "
                "size.",
                retry_after=5,
            )
        waiting += [piece[half:], piece[:half]]
    return np.concatenate(done)


def _attempt(
    encode: Callable[[Work], Rows], piece: Work, is_out_of_memory: Callable[[BaseException], bool]
) -> Rows | None:
    try:
        return encode(piece)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        return None
