"""A tower's usual batch sizes, recorded once as CUDA graphs: a replay is one launch, not hundreds.

Graphs have fixed shapes and fixed memory, so a batch is padded up to the next recorded size,
copied into the recording's input, and its rows are copied out before the next replay.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol

import torch

BUCKETS = (1, 2, 4, 8, 16, 32)  # photos in a recording
_WARM_RUNS = 3  # libraries choose their kernels and take their workspaces in the first ones
_LEAST_COSINE = 0.999  # of a replay to the same work in eager mode

Tower = Callable[[torch.Tensor], torch.Tensor]  # uint8 [B, S, S, 3] -> unit rows float32 [B, D]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recording:
    """Recorded work: `replay` does it again, into the same `rows`."""

    replay: Callable[[], None]
    rows: torch.Tensor


class Recorder(Protocol):
    """Records work of a device; its recordings share their memory and must not overlap."""

    def record(self, work: Callable[[], torch.Tensor]) -> Recording:
        """Runs `work`, whose inputs stay where they are, and keeps it. Raises `RuntimeError`."""
        ...


class CudaRecorder:
    """Records CUDA graphs into one memory pool, gone with the last of its recordings."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def record(self, work: Callable[[], torch.Tensor]) -> Recording:
        """See `Recorder`."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(self._device):
            self._stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self._stream):  # left behind whatever becomes of the capture
                for _ in range(_WARM_RUNS):
                    work()
                with torch.cuda.graph(
                    graph,
                    pool=self._pool,
                    stream=self._stream,
                    capture_error_mode="thread_local",  # other threads go on using their GPUs
                ):
                    rows = work()
            torch.cuda.current_stream().wait_stream(self._stream)
        return Recording(partial(_replay, graph, self._device), rows)

    @cached_property
    def _stream(self) -> torch.cuda.Stream:
        """One of our own: torch keeps a single one for captures, on whichever GPU came first."""
        return torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]  # torch's own gap

    @cached_property
    def _pool(self) -> Any:
        return torch.cuda.graph_pool_handle()


class GraphedTower:
    """A tower for squares of one size, eager until `record` and after `release`.

    Not for two threads at a time: recordings share their inputs and outputs.
    """

    def __init__(self, tower: Tower) -> None:
        self._tower = tower
        self._input: torch.Tensor | None = None
        self._recordings: dict[int, Recording] = {}

    @property
    def recorded(self) -> tuple[int, ...]:
        """The batch sizes that are replayed, ascending; empty while eager."""
        return tuple(sorted(self._recordings))

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 [B, S, S, 3] on the device -> unit rows float32 [B, D], the caller's to keep."""
        count = len(pixels)
        bucket = next((size for size in self.recorded if size >= count), None)
        if bucket is None or self._input is None:
            return self._tower(pixels)
        self._input[:count].copy_(pixels)  # what lies behind it are photos of before: harmless
        recording = self._recordings[bucket]
        recording.replay()
        return recording.rows[:count].clone()

    @torch.inference_mode()
    def record(self, recorder: Recorder, size: int, device: torch.device) -> None:
        """Record every bucket for squares of side `size`; the largest first, whose memory serves
        the others. Raises `RuntimeError` where the device cannot or a replay differs."""
        self._input = torch.zeros((max(BUCKETS), size, size, 3), dtype=torch.uint8, device=device)
        for bucket in sorted(BUCKETS, reverse=True):
            work = partial(self._tower, self._input[:bucket])
            recording = recorder.record(work)
            self._check(recording, work, bucket)
            self._recordings[bucket] = recording

    def release(self) -> None:
        """Give the recordings and their memory up; eager from now on."""
        self._recordings = {}
        self._input = None

    def _check(self, recording: Recording, work: Callable[[], torch.Tensor], bucket: int) -> None:
        if self._input is not None:
            self._input.random_(0, 256)  # other photos than those it was recorded with
        expected = work()
        recording.replay()
        cosines = (recording.rows * expected).sum(dim=1)
        if not bool((cosines >= _LEAST_COSINE).all()):
            raise RuntimeError(f"a replay of {bucket} differs: cosine {float(cosines.min()):.5f}")


def record_towers(
    towers: Mapping[int, GraphedTower], recorder: Recorder, device: torch.device
) -> bool:
    """Record all of `towers`, by side in pixels, or none: then they stay eager, with a warning."""
    try:
        for size, tower in towers.items():
            tower.record(recorder, size, device)
    except RuntimeError as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        _log.warning("no CUDA graphs on %s, photos are encoded without: %s", device, reason)
    else:
        return True
    release_towers(towers.values())
    return False


def release_towers(towers: Iterable[GraphedTower]) -> bool:
    """Give up the recordings of all `towers`; whether there were any."""
    recorded = [tower for tower in towers if tower.recorded]
    for tower in towers:
        tower.release()
    return bool(recorded)


def _replay(graph: torch.cuda.CUDAGraph, device: torch.device) -> None:
    with torch.cuda.device(device):
        graph.replay()
