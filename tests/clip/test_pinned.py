"""Photos on their way to a device: the same bytes, one buffer, never overwritten too early."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from runners.clip.engines.pinned import PinnedUpload, Upload, plain_upload

CPU = torch.device("cpu")
Squares = npt.NDArray[np.uint8]


class Memory:
    """Hands out plain buffers and notes their sizes; refuses to if `locked` is False."""

    def __init__(self, *, locked: bool = True) -> None:
        self.locked = locked
        self.sizes: list[int] = []

    def __call__(self, size: int) -> torch.Tensor:
        self.sizes.append(size)
        if not self.locked:
            raise RuntimeError("CUDA error: operation not supported")
        return torch.empty(size, dtype=torch.uint8)


def unmarked(device: torch.device) -> Callable[[], None]:
    return lambda: None


def pinned(memory: Memory | None = None) -> PinnedUpload:
    return PinnedUpload(CPU, allocate=memory or Memory(), mark=unmarked)


def squares(count: int, size: int = 8, seed: int = 0) -> Squares:
    return np.random.default_rng(seed).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


@pytest.mark.parametrize("upload", [plain_upload(CPU), pinned()], ids=["plain", "pinned"])
@pytest.mark.parametrize("form", ["plain", "read-only", "strided", "mirrored"])
def test_bytes_arrive_as_they_were(upload: Upload, form: str) -> None:
    """Whatever an array's layout, and whether it may be written or not, its bytes arrive."""
    batch: Any = squares(3)
    if form == "read-only":
        batch.setflags(write=False)
    if form == "strided":
        batch = squares(6)[::2]
    if form == "mirrored":
        batch = batch[:, :, ::-1]
    pixels = upload(batch)
    assert (pixels.dtype, pixels.shape) == (torch.uint8, (3, 8, 8, 3))
    np.testing.assert_array_equal(pixels.numpy(), batch)


def test_uploads_do_not_share_memory_with_each_other() -> None:
    """What was uploaded stays as it is when the buffer carries the next batch."""
    upload = pinned()
    first = upload(squares(2, seed=1))
    upload(squares(2, seed=2))
    np.testing.assert_array_equal(first.numpy(), squares(2, seed=1))


def test_the_buffer_grows_to_the_largest_batch_only() -> None:
    """One buffer serves all sizes; it is made anew only for a larger batch."""
    memory = Memory()
    upload = pinned(memory)
    for count, size in [(1, 8), (4, 8), (2, 8), (1, 16), (4, 8)]:
        np.testing.assert_array_equal(upload(squares(count, size)).numpy(), squares(count, size))
    assert memory.sizes == [192, 768]


def test_without_locked_memory_plain_memory_serves(caplog: pytest.LogCaptureFixture) -> None:
    """A refusal to lock memory is a warning, once, and never asked for again."""
    memory = Memory(locked=False)
    upload = pinned(memory)
    for count in (1, 2, 4):
        np.testing.assert_array_equal(upload(squares(count)).numpy(), squares(count))
    assert memory.sizes == [192]
    assert len(caplog.records) == 1


def test_the_buffer_is_written_only_when_the_copy_before_has_ended() -> None:
    """Each upload waits for the mark that the one before it left."""
    events: list[str] = []

    def mark(device: torch.device) -> Callable[[], None]:
        number = sum(event.startswith("mark") for event in events)
        events.append(f"mark {number}")
        return lambda: events.append(f"wait {number}")

    upload = PinnedUpload(CPU, allocate=Memory(), mark=mark)
    for _ in range(3):
        upload(squares(1))
    assert events == ["mark 0", "wait 0", "mark 1", "wait 1", "mark 2"]


def test_threads_get_their_own_photos() -> None:
    """Eight threads upload through one buffer, and each gets what it gave."""
    upload = pinned()

    def check(seed: int) -> None:
        for count in (1, 3, 2, 5):
            batch = squares(count, seed=seed)
            np.testing.assert_array_equal(upload(batch).numpy(), batch)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(check, range(40)))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gets_the_bytes() -> None:
    """Through real page-locked memory every batch arrives as it was."""
    upload = PinnedUpload(torch.device("cuda:0"))
    for count in (1, 8, 3):
        np.testing.assert_array_equal(upload(squares(count, 64)).cpu().numpy(), squares(count, 64))
