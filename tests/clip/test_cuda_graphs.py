"""Recorded batch sizes: padded, replayed, copied out; eager wherever that cannot be."""

from __future__ import annotations

import pytest
import torch

from runners.clip.engines.cuda_graphs import (
    BUCKETS,
    CudaRecorder,
    GraphedTower,
    Recording,
    record_towers,
    release_towers,
)
from tests.clip.fake_cuda import FakeRecorder

CPU = torch.device("cpu")
SIZE = 6


class Tower:
    """A photo's unit vector: its mean colour; notes the batches that it ran for."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        self.batches.append(len(pixels))
        return torch.nn.functional.normalize(pixels.float().mean(dim=(1, 2)) + 1, dim=-1)


def photos(count: int, seed: int = 1) -> torch.Tensor:
    dice = torch.Generator().manual_seed(seed)
    flat = torch.randint(0, 256, (count, 1, 1, 3), dtype=torch.uint8, generator=dice)
    return flat.expand(-1, SIZE, SIZE, -1)


@pytest.fixture
def recorded() -> tuple[GraphedTower, Tower, FakeRecorder]:
    """A tower with all its buckets recorded."""
    tower, recorder = Tower(), FakeRecorder()
    graphed = GraphedTower(tower)
    graphed.record(recorder, SIZE, CPU)
    tower.batches.clear()
    recorder.replays = 0
    return graphed, tower, recorder


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9, 16, 17, 31, 32])
def test_batches_are_padded_up_and_replayed(
    count: int, recorded: tuple[GraphedTower, Tower, FakeRecorder]
) -> None:
    """Any batch up to the largest bucket is one replay of the next bucket, with its own rows."""
    graphed, tower, recorder = recorded
    pixels = photos(count)
    with torch.inference_mode():
        rows = graphed(pixels)
    assert tower.batches == [min(bucket for bucket in BUCKETS if bucket >= count)]
    assert recorder.replays == 1
    torch.testing.assert_close(rows, Tower()(pixels))


def test_larger_batches_run_eager(recorded: tuple[GraphedTower, Tower, FakeRecorder]) -> None:
    """A batch above the largest bucket runs as it is."""
    graphed, tower, recorder = recorded
    rows = graphed(photos(33))
    assert (tower.batches, recorder.replays) == ([33], 0)
    torch.testing.assert_close(rows, Tower()(photos(33)))


def test_rows_are_the_callers_to_keep(
    recorded: tuple[GraphedTower, Tower, FakeRecorder],
) -> None:
    """The next replay writes into the recording's rows, not into those handed out before."""
    graphed, _, _ = recorded
    with torch.inference_mode():
        first = graphed(photos(2))
        graphed(photos(2, seed=2))
        torch.testing.assert_close(first, Tower()(photos(2)))


def test_the_largest_is_recorded_first(
    recorded: tuple[GraphedTower, Tower, FakeRecorder],
) -> None:
    """Later recordings fit into the memory of the first only if they are smaller."""
    graphed, _, recorder = recorded
    assert recorder.sizes == sorted(BUCKETS, reverse=True)
    assert graphed.recorded == tuple(sorted(BUCKETS))


def test_a_tower_never_recorded_is_eager() -> None:
    """Before anything is recorded a tower is only itself."""
    tower = Tower()
    graphed = GraphedTower(tower)
    torch.testing.assert_close(graphed(photos(3)), Tower()(photos(3)))
    assert (tower.batches, graphed.recorded) == ([3], ())


def test_release_leaves_nothing_behind(
    recorded: tuple[GraphedTower, Tower, FakeRecorder],
) -> None:
    """Given up, no recording is held by anybody, and the tower is eager."""
    graphed, tower, recorder = recorded
    assert recorder.alive() == len(BUCKETS)
    assert release_towers([graphed])
    assert recorder.alive() == 0
    assert not release_towers([graphed])
    graphed(photos(3))
    assert tower.batches == [3]


@pytest.mark.parametrize("fails_at", [1, 4, 9, 12])
@pytest.mark.parametrize(
    "error",
    [RuntimeError("capture failed"), torch.OutOfMemoryError("CUDA out of memory."), RuntimeError()],
    ids=["capture", "memory", "wordless"],
)
def test_a_failed_recording_leaves_all_sizes_eager(
    fails_at: int, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Whichever recording fails, none is kept, with one warning for all."""
    towers = {6: GraphedTower(Tower()), 9: GraphedTower(Tower())}
    recorder = FakeRecorder(fails_at=fails_at, error=error)
    assert not record_towers(towers, recorder, CPU)
    assert [tower.recorded for tower in towers.values()] == [(), ()]
    assert len(caplog.records) == 1
    error.__traceback__ = None  # the test itself holds the error, and its frames
    assert recorder.alive() == 0
    torch.testing.assert_close(towers[6](photos(3)), Tower()(photos(3)))


def test_other_errors_are_not_hidden() -> None:
    """A mistake in a tower is no matter of graphs."""

    class Broken(FakeRecorder):
        def record(self, work: object) -> Recording:
            raise TypeError("a mistake")

    with pytest.raises(TypeError, match="a mistake"):
        record_towers({6: GraphedTower(Tower())}, Broken(), CPU)


def test_a_replay_that_differs_is_not_used(caplog: pytest.LogCaptureFixture) -> None:
    """A recording that does not look at its input is found before it serves."""

    class Frozen(FakeRecorder):
        def record(self, work: object) -> Recording:
            return Recording(lambda: None, torch.nn.functional.normalize(torch.ones(32, 3)))

    towers = {6: GraphedTower(lambda pixels: torch.eye(3)[:1].expand(len(pixels), 3))}
    assert not record_towers(towers, Frozen(), CPU)
    assert "differs" in caplog.text


def test_without_a_gpu_the_real_recorder_gives_way(caplog: pytest.LogCaptureFixture) -> None:
    """Where CUDA is missing recording is refused as any other, and eager serves."""
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    towers = {6: GraphedTower(Tower())}
    try:
        served = record_towers(towers, CudaRecorder(torch.device("cuda:0")), CPU)
    except AssertionError:  # a PyTorch built without CUDA says it so
        return
    assert not served
    torch.testing.assert_close(towers[6](photos(3)), Tower()(photos(3)))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_real_graphs_replay_what_eager_computes() -> None:
    """On a GPU, recorded and eager rows agree for every batch size, and memory goes back."""
    device = torch.device("cuda:0")
    weights = torch.nn.Linear(3 * SIZE * SIZE, 16).to(device).half()

    def tower(pixels: torch.Tensor) -> torch.Tensor:
        features = weights(pixels.half().flatten(1) / 255).float()
        return torch.nn.functional.normalize(features, dim=-1)

    graphed = GraphedTower(tower)
    with torch.inference_mode():
        assert record_towers({SIZE: graphed}, CudaRecorder(device), device)
        for count in (1, 3, 16, 32, 40):
            pixels = photos(count).to(device)
            torch.testing.assert_close(graphed(pixels), tower(pixels), atol=2e-3, rtol=0)
        release_towers([graphed])
        assert graphed.recorded == ()
