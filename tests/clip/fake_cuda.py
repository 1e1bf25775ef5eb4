"""A GPU that is none: CUDA's ways of working, on tensors in the computer's own memory."""

from __future__ import annotations

import weakref
from collections.abc import Callable

import torch

from runners.clip.engines.cuda_graphs import Recorder, Recording
from runners.clip.engines.pinned import PinnedUpload, Upload
from runners.clip.engines.torch_device import TorchDevice


class FakeRecorder:
    """Recordings that work as graphs do: the same inputs, always into the same rows.

    The recording of number `fails_at` (from 1) raises. `replays` counts; `alive()` says how many
    recordings somebody still holds.
    """

    def __init__(self, *, fails_at: int = 0, error: Exception | None = None) -> None:
        self.replays = 0
        self.sizes: list[int] = []
        self._fails_at = fails_at
        self._error = error or RuntimeError("operation not permitted when stream is capturing\n")
        self._recordings: weakref.WeakSet[_Replay] = weakref.WeakSet()

    def record(self, work: Callable[[], torch.Tensor]) -> Recording:
        rows = work()
        self.sizes.append(len(rows))
        if len(self.sizes) == self._fails_at:
            raise self._error
        replay = _Replay(self, work, rows)
        self._recordings.add(replay)
        return Recording(replay, rows)

    def alive(self) -> int:
        return len(self._recordings)


class _Replay:
    def __init__(
        self, recorder: FakeRecorder, work: Callable[[], torch.Tensor], rows: torch.Tensor
    ) -> None:
        self._recorder, self._work, self._rows = recorder, work, rows

    def __call__(self) -> None:
        self._recorder.replays += 1
        self._rows.copy_(self._work())


class FakeCuda(TorchDevice):
    """Says that it is CUDA, records with `recorder` and uploads through a buffer."""

    def __init__(self, recorder: FakeRecorder, *, name: str = "cuda:0") -> None:
        super().__init__(name)
        self.place = torch.device("cpu")
        self.alive_at_release: list[int] = []  # recordings, each time that memory was released
        self._recorder = recorder

    def upload(self) -> Upload:
        return PinnedUpload(
            self.place,
            allocate=lambda size: torch.empty(size, dtype=torch.uint8),
            mark=lambda device: lambda: None,
        )

    def recorder(self) -> Recorder | None:
        return self._recorder

    def release_memory(self) -> None:
        self.alive_at_release.append(self._recorder.alive())

    def memory_held_gb(self) -> float:
        return 1.5
