"""`framed.ipc.frames`: what arrives is what was sent, however the wire has cut it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framed.ipc.frames import BrokenFrameError, Frames, frame
from framed.questions import RankQuestion

SQUARE = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
VALUES: tuple[Any, ...] = (
    None,
    "a word",
    {"grey": SQUARE[:, :, 0], "rgb": SQUARE, "row": np.ones(5, np.float32)},
    (SQUARE, RankQuestion(labels=("a", "b")), None),
    [np.empty((0, 4), np.float32)],
)


def sent(value: Any) -> bytes:
    return b"".join(frame(value))


@pytest.mark.parametrize("step", [1, 7, 64, 10**6])
def test_values_arrive_in_pieces_of_any_length(step: int) -> None:
    """Several values one after another, cut anywhere."""
    wire, frames = b"".join(map(sent, VALUES)), Frames()
    pieces = [wire[at : at + step] for at in range(0, len(wire), step)]
    arrived = [value for piece in pieces for value in frames.feed(piece)]
    assert len(arrived) == len(VALUES)
    assert arrived[:2] == [None, "a word"]
    for name, array in VALUES[2].items():
        np.testing.assert_array_equal(arrived[2][name], array)
    assert arrived[3][1] == VALUES[3][1]
    assert arrived[4][0].shape == (0, 4)


def test_pixels_are_not_copied_on_their_way_out() -> None:
    """A contiguous array is sent from where it lies, and arrives aligned and writable."""
    pieces = frame(SQUARE)
    assert any(np.shares_memory(np.asarray(piece), SQUARE) for piece in pieces[1:] if len(piece))
    (arrived,) = Frames().feed(b"".join(pieces))
    assert arrived.flags.aligned
    assert arrived.flags.writeable


@pytest.mark.parametrize(
    "wire",
    [b"\xff" * 12, b"\x04" + bytes(11) + b"what" + bytes(60), bytes(12)],
    ids=["far too long", "no pickle", "empty"],
)
def test_what_is_no_frame_is_said(wire: bytes) -> None:
    """Neither waited for nor guessed at."""
    with pytest.raises(BrokenFrameError):
        list(Frames().feed(wire))
