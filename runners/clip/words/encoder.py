"""Rows of ids through a text tower, each shared prefix once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from runners.clip.words.prefixes import BATCH, LEAST, Row, plan
from runners.clip.words.tokenizer import padded

Ids = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]
Memory = TypeVar("Memory")  # keys and values of a prefix in every layer, whatever holds them


def encode_rows(
    rows: Sequence[Row],
    run_prefix: Callable[[Ids], Memory],
    run_suffix: Callable[[Ids, Memory], Vectors],
    dim: int,
    *,
    batch: int = BATCH,
    least: int = LEAST,
) -> Vectors:
    """N rows of ids, BOS to EOT, unpadded -> float32 [N, dim], in their order.

    `run_prefix` takes ids int64 [1, P], P >= 1; `run_suffix` takes what follows them, int64 [N, L]
    with zeros behind the EOT, and what `run_prefix` gave: its positions begin at P.
    """
    vectors = np.empty((len(rows), dim), dtype=np.float32)
    pieces = plan(rows, batch=batch, least=least)
    for prefix, alike in groupby(pieces, key=lambda piece: piece.prefix):
        memory = run_prefix(np.array([prefix], dtype=np.int64))
        for piece in alike:
            suffixes = padded([rows[index][len(prefix) :] for index in piece.indices])
            vectors[piece.indices] = run_suffix(suffixes, memory)
    return vectors
