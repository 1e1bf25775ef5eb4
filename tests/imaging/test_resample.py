"""`framed.imaging.resample`: the levels that Pillow gives, whatever the part, size and filter."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from framed.imaging.resample import resample
from framed.photo import Interpolation
from tests.imaging.pictures import scene

PILLOWS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}
SHAPES = [(96, 64), (64, 97), (224, 224), (700, 37), (37, 300), (40, 30), (600, 2), (1, 1)]
PARTS = [(0.0, 0.0, 1.0, 1.0), (0.11, 0.05, 0.93, 0.77)]


@pytest.mark.parametrize("interpolation", PILLOWS)
@pytest.mark.parametrize("part", PARTS, ids=["whole", "part"])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape[0]}x{shape[1]}")
@pytest.mark.parametrize("size", [(56, 56), (90, 20)], ids=["square", "wide"])
def test_equals_pillow(
    shape: tuple[int, int],
    size: tuple[int, int],
    part: tuple[float, float, float, float],
    interpolation: Interpolation,
) -> None:
    """Two passes, in Pillow's order, rounded between as there: off by one where a half decides."""
    width, height = shape
    box = tuple(
        float(np.float32(share * side))
        for share, side in zip(part, (width, height) * 2, strict=True)
    )
    picture = scene(width, height)
    theirs = np.asarray(picture.resize(size, PILLOWS[interpolation], box)).astype(int)
    ours = resample(np.asarray(picture), size, (box[0], box[1], box[2], box[3]), interpolation)
    assert np.abs(ours - theirs).max() <= 2  # a level off between the passes is two after them
    assert (np.abs(ours - theirs) > 1).mean() < 1e-3
    assert np.abs(ours - theirs).mean() < 0.12


def test_levels_of_ordinary_sizes_are_pillows() -> None:
    """Where few lie on half a level, nearly every one is the same."""
    noise = np.random.default_rng(3).integers(0, 256, (427, 640, 3), dtype=np.uint8)
    box = (107.0, 0.0, 534.0, 427.0)
    theirs = np.asarray(Image.fromarray(noise).resize((224, 224), PILLOWS["bicubic"], box))
    ours = resample(noise, (224, 224), box, "bicubic")
    assert (ours != theirs).mean() < 1e-3


def test_a_large_picture_is_turned_in_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strip by strip, it comes out the same."""
    picture, box = np.asarray(scene(97, 61)), (3.0, 2.0, 90.0, 60.0)
    whole = resample(picture, (40, 30), box, "bicubic")
    monkeypatch.setattr("framed.imaging.resample._STRIP_PIXELS", 500)
    assert np.array_equal(resample(picture, (40, 30), box, "bicubic"), whole)


def test_the_result_is_its_own() -> None:
    """Contiguous, and no view of something larger."""
    square = resample(np.asarray(scene(96, 64)), (56, 56), (0, 0, 96, 64), "bicubic")
    assert square.flags.c_contiguous
    assert square.flags.owndata
