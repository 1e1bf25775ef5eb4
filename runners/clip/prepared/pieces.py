"""Files whose bytes are mostly a checkpoint's own numbers: as pieces, what is theirs named only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Taken:
    """A tensor of the checkpoint as float32: of its first axis the `rows` from and to,
    `transposed`, or each row times a factor of its own where it is `scaled`."""

    tensor: str
    rows: tuple[int, int] | None = None
    transposed: bool = False
    scaled: bool = False

    def of(self, tensor: Numbers, factors: Numbers | None = None) -> Numbers:
        """Its numbers, contiguous; `factors` [rows] where it is scaled."""
        part = tensor if self.rows is None else tensor[slice(*self.rows)]
        if factors is not None:
            part = part * factors.reshape(-1, *(1,) * (part.ndim - 1))
        return np.ascontiguousarray(part.T if self.transposed else part)


Piece = int | Taken  # so many literal bytes, or numbers of the checkpoint


def joined(
    pieces: Sequence[Piece], literals: memoryview, tensors: Mapping[str, Numbers]
) -> Iterator[memoryview]:
    """The bytes of a file, piece by piece. `literals` holds in order what no tensor has: literal
    bytes, and the factors of scaled tensors.

    KeyError, ValueError or IndexError where they do not belong together.
    """
    at = 0
    for piece in pieces:
        if isinstance(piece, int):
            yield literals[at : at + piece]
            at += piece
            continue
        tensor, factors = tensors[piece.tensor], None
        if piece.scaled:
            end = at + 4 * len(tensor)
            factors = np.frombuffer(literals[at:end], np.float32)
            at = end
        yield piece.of(tensor, factors).reshape(-1).view(np.uint8).data


def piece_as_json(piece: Piece) -> Any:
    """A number, or the tensor's name and what is not as usual."""
    if isinstance(piece, int):
        return piece
    said: dict[str, Any] = {"tensor": piece.tensor, "rows": piece.rows}
    said |= {"transposed": piece.transposed, "scaled": piece.scaled}
    return {key: value for key, value in said.items() if value}


def piece_from_json(given: Any) -> Piece:
    """The piece again; TypeError, KeyError or ValueError where it is none."""
    if isinstance(given, int):
        return given
    rows = given.get("rows")
    return Taken(**{**given, "rows": None if rows is None else (int(rows[0]), int(rows[1]))})
