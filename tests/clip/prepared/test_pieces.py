"""A file's bytes come back from pieces of a checkpoint and what it does not hold."""

from __future__ import annotations

import json

import numpy as np
import pytest

from runners.clip.prepared.pieces import Piece, Taken, joined, piece_as_json, piece_from_json

TABLE = np.arange(12, dtype=np.float32).reshape(6, 2)
CONV = np.arange(1, 9, dtype=np.float32).reshape(2, 2, 2, 1)
WAYS: tuple[Piece, ...] = (
    7,
    Taken("table"),
    Taken("table", transposed=True),
    Taken("table", rows=(2, 4), transposed=True),
    Taken("conv", scaled=True),
)


@pytest.mark.parametrize("piece", WAYS)
def test_a_piece_survives_json(piece: Piece) -> None:
    """With only what is not as usual written down."""
    assert piece_from_json(json.loads(json.dumps(piece_as_json(piece)))) == piece


def test_pieces_make_the_file() -> None:
    """Literal bytes, a tensor, rows of one turned about, and one times a factor a row."""
    factors = np.array([2.0, -0.5], np.float32)
    literals = b"head" + b"mid" + factors.tobytes() + b"end"
    pieces: list[Piece] = [
        *(4, Taken("table"), 3, Taken("table", rows=(2, 4), transposed=True)),
        *(Taken("conv", scaled=True), 3),
    ]
    made = b"".join(joined(pieces, memoryview(literals), {"table": TABLE, "conv": CONV}))
    scaled = (CONV * factors.reshape(2, 1, 1, 1)).tobytes()
    turned = np.ascontiguousarray(TABLE[2:4].T).tobytes()
    assert made == b"head" + TABLE.tobytes() + b"mid" + turned + scaled + b"end"


def test_another_checkpoint_is_an_error() -> None:
    """A tensor that is not there is no silent gap."""
    with pytest.raises(KeyError):
        b"".join(joined([Taken("other")], memoryview(b""), {"table": TABLE}))
