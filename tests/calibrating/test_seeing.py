"""Photos to rows: in order, in small batches, and one that is bad costs no other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from framed.calibrating.listing import ListError
from framed.calibrating.seeing import TOGETHER, Eyes, Seen
from framed.photo import SquareSpec
from tests.photos import GREEN, NO_PHOTO, RED, jpeg

SIDE = 8


def seen(names: list[str], read: Callable[[str], bytes]) -> tuple[Seen, list[int]]:
    """What is seen, each row a square's mean colour, and how many squares came together."""
    batches: list[int] = []

    def encode(squares: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        batches.append(len(squares))
        assert squares.shape[1:] == (SIDE, SIDE, 3)
        return squares.mean(axis=(1, 2)).astype(np.float32)

    eyes = Eyes(read, encode, SquareSpec(SIDE), max_pixels=1_000_000, memory_mb=64)
    return eyes.see(names), batches


def photo(name: str) -> bytes:
    if name == "absent":
        raise ListError("There is no photo absent.")
    return {"red": jpeg(RED), "green": jpeg(GREEN), "text": NO_PHOTO.data}[name]


def test_each_photo_is_a_row_in_its_place() -> None:
    """More of them than go together are seen in turns."""
    names = ["red", "green"] * TOGETHER
    found, batches = seen(names, photo)
    assert batches == [TOGETHER, TOGETHER]
    assert found.kept == tuple(range(len(names)))
    assert np.abs(found.rows[::2] - RED).max() < 4
    assert np.abs(found.rows[1::2] - GREEN).max() < 4


def test_a_bad_photo_is_told_and_left_out() -> None:
    """Whether it is absent or no photo."""
    found, _ = seen(["text", "green", "absent", "red"], photo)
    assert found.kept == (1, 3)
    assert len(found.rows) == 2
    assert set(found.faults) == {"text", "absent"}
    assert "no photo" in found.faults["absent"]


def test_nothing_seen_is_no_row() -> None:
    """The model is not asked."""
    found, batches = seen(["text"], photo)
    assert (len(found.rows), found.kept, batches) == (0, (), [])
