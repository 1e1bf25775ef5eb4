"""Photos on their way to a device: bytes travel, a quarter of what floats would weigh."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

Squares = npt.NDArray[np.uint8]
Upload = Callable[[Squares], torch.Tensor]  # uint8 [B, S, S, 3] -> the same on the device

_log = logging.getLogger(__name__)


def plain_upload(device: torch.device) -> Upload:
    """Uploads by a copy, which read-only and strided arrays survive."""
    return lambda batch: torch.from_numpy(np.array(batch, order="C")).to(device)


def page_locked(size: int) -> torch.Tensor:
    """`size` bytes that the operating system never moves: a GPU reads them by itself."""
    return torch.empty(size, dtype=torch.uint8, pin_memory=True)


def mark(device: torch.device) -> Callable[[], None]:
    """A function that waits until the GPU has done what it was given so far."""
    with torch.cuda.device(device):
        event: Any = torch.cuda.Event()  # type: ignore[no-untyped-call]  # torch's own gap
        event.record()
    wait: Callable[[], None] = event.synchronize
    return wait


class PinnedUpload:
    """Uploads through one page-locked buffer, as large as the largest batch so far.

    The caller does not wait for the copy; whoever comes next does, before the buffer is written
    again. Where no memory can be locked, plain memory serves, with one warning.
    """

    def __init__(
        self,
        device: torch.device,
        *,
        allocate: Callable[[int], torch.Tensor] = page_locked,
        mark: Callable[[torch.device], Callable[[], None]] = mark,
    ) -> None:
        self._device = device
        self._allocate = allocate
        self._mark = mark
        self._buffer = torch.empty(0, dtype=torch.uint8)
        self._wait: Callable[[], None] = _for_nothing
        self._lock = threading.Lock()

    def __call__(self, batch: Squares) -> torch.Tensor:
        """RGB squares [B, S, S, 3] -> the same on the device, as soon as the device gets to it."""
        pixels = torch.empty(batch.shape, dtype=torch.uint8, device=self._device)
        with self._lock:
            self._wait()
            pixels.copy_(self._staged(batch), non_blocking=True)
            self._wait = self._mark(self._device)
        return pixels

    def _staged(self, batch: Squares) -> torch.Tensor:
        if batch.size > len(self._buffer):
            self._buffer = self._locked(batch.size)
        staged = self._buffer[: batch.size].view(batch.shape)
        np.copyto(staged.numpy(), batch)
        return staged

    def _locked(self, size: int) -> torch.Tensor:
        try:
            return self._allocate(size)
        except RuntimeError as error:
            _log.warning("no page-locked memory, photos travel slower: %s", error)
            self._allocate = _pageable
            return _pageable(size)


def _pageable(size: int) -> torch.Tensor:
    return torch.empty(size, dtype=torch.uint8)


def _for_nothing() -> None:
    return
