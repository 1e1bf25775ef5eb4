"""Smoothing evens a tower out and changes nothing that it computes."""

from __future__ import annotations

import copy

import pytest
import torch

from runners.clip.engines.squares import positional_table
from runners.clip.towers.smoothing import Peaks, find_peaks, smoothed
from runners.clip.towers.vision import VisionTower
from tests.clip.towers.outliers import with_outliers
from tests.clip.towers.random_models import MEAN, STD, random_clip, squares

SIZE, OTHER, GAIN = 64, 96, 100
LAYERS = tuple(Peaks.__dataclass_fields__)


@pytest.fixture(scope="module")
def model():
    """A plain model."""
    return random_clip()


@pytest.fixture(scope="module")
def tower(model):
    """Its image tower, with outliers."""
    plain = VisionTower(model, mean=MEAN, std=STD)
    return with_outliers(plain, squares(SIZE), positional_table(model.visual, SIZE), GAIN)


@pytest.fixture(scope="module")
def smooth(model, tower):
    """The smoothed tower."""
    positions = positional_table(model.visual, SIZE)
    return smoothed(tower, find_peaks(tower, [squares(SIZE)], positions))


@torch.no_grad()
@pytest.mark.parametrize("size", [SIZE, OTHER])
def test_the_rows_stay(model, tower, smooth, size):
    """In float32 the smoothed tower gives the rows of the tower, at any size."""
    given = (squares(size), positional_table(model.visual, size))
    torch.testing.assert_close(smooth(*given), tower(*given), atol=1e-5, rtol=0)


def test_the_tower_stays(model, tower):
    """Smoothing works on a copy."""
    before = {name: tensor.clone() for name, tensor in tower.named_parameters()}
    smoothed(tower, find_peaks(tower, [squares(SIZE)], positional_table(model.visual, SIZE)))
    assert all(torch.equal(before[name], tensor) for name, tensor in tower.named_parameters())


@pytest.mark.parametrize("layer", LAYERS)
def test_outliers_are_gone(model, tower, smooth, layer):
    """What enters each linear layer is far more even than it was."""
    positions = positional_table(model.visual, SIZE)

    def unevenness(of: VisionTower) -> float:
        seen = [getattr(peaks, layer) for peaks in find_peaks(of, [squares(SIZE)], positions)]
        return max(float(peak.max() / peak.median()) for peak in seen)

    assert unevenness(smooth) < unevenness(tower) / 3


def test_peaks_are_the_highest_of_all_photos(model, tower):
    """Photo by photo or at once, the peaks are the same, in every block and layer."""
    positions = positional_table(model.visual, SIZE)
    once = find_peaks(tower, [squares(SIZE)], positions)
    singly = find_peaks(tower, squares(SIZE).split(1), positions)
    assert len(once) == len(tower.blocks)
    for one, other in zip(once, singly, strict=True):
        for layer in LAYERS:
            torch.testing.assert_close(getattr(one, layer), getattr(other, layer))


@torch.no_grad()
def test_silent_channels_do_no_harm(model, tower):
    """A channel that is never anything but zero leaves the rows finite and the same."""
    positions = positional_table(model.visual, SIZE)
    silent = copy.deepcopy(tower)
    silent.blocks[0].norm_1.weight[3] = 0
    silent.blocks[0].norm_1.bias[3] = 0
    silent.blocks[1].expand.weight[:, 5] = 0
    smooth = smoothed(silent, find_peaks(silent, [squares(SIZE)], positions))
    given = (squares(SIZE), positions)
    torch.testing.assert_close(smooth(*given), silent(*given), atol=1e-5, rtol=0)
