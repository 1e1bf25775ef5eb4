"""`framed.imaging.saliency`: what differs from the rest is found, wherever it lies."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from framed.imaging.decode import decode
from framed.imaging.saliency import COUNT, MAX_OVERLAP, SHARES, crops, stands_out
from framed.photo import DecodeSpec, Photo, Pixels, Region
from tests.imaging.pictures import PHOTOS, encoded, scene


def photo_of(pixels: Pixels) -> Photo:
    return Photo(pixels, (pixels.shape[1], pixels.shape[0]), "PNG", (), "")


def meadow(width: int, height: int, *spots: tuple[int, int], side: int = 40) -> Photo:
    """Green grain with red spots whose upper left corners are given."""
    grain = np.random.default_rng(3).integers(-12, 12, (height, width, 1))
    pixels = np.clip(np.array([60, 140, 50]) + grain, 0, 255).astype(np.uint8)
    for x, y in spots:
        pixels[y : y + side, x : x + side] = (210, 40, 30)
    return photo_of(pixels)


def holds(region: Region, x: int, y: int, side: int = 40) -> bool:
    left, top, width, height = region
    return left <= x and top <= y and left + width >= x + side and top + height >= y + side


@pytest.mark.parametrize(
    ("size", "spot"),
    [
        ((600, 400), (80, 60)),
        ((600, 400), (500, 300)),
        ((400, 600), (200, 500)),
        ((500, 500), (230, 230)),
        ((1600, 300), (1300, 120)),
    ],
    ids=["upper left", "lower right", "portrait", "centre", "panorama"],
)
def test_the_odd_one_is_found(size: tuple[int, int], spot: tuple[int, int]) -> None:
    """The first crop holds the one spot that differs from all around it."""
    assert holds(crops(meadow(*size, spot), 32)[0], *spot)


def test_what_is_small_is_seen_from_close() -> None:
    """A lonely spot gets the smallest crop."""
    assert crops(meadow(600, 400, (80, 60)), 32)[0][2] == round(min(SHARES) * 400)


def test_two_are_found_apart() -> None:
    """Each spot has a crop of its own."""
    found = crops(meadow(900, 400, (60, 60), (780, 280)), 32)
    assert any(holds(each, 60, 60) for each in found[:2])
    assert any(holds(each, 780, 280) for each in found[:2])


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (40, 500), (33, 33), (700, 20), (641, 479)])
def test_boxes_are_few_squares_within_the_photo(size: tuple[int, int]) -> None:
    """One to four, of at least 32 pixels where the photo has as many."""
    found = crops(photo_of(np.asarray(scene(*size))), 32)
    assert len(found) <= COUNT
    for x, y, width, height in found:
        assert 0 <= x <= size[0] - width
        assert 0 <= y <= size[1] - height
        assert width == height >= min(32, *size)


def test_one_colour_has_nothing_that_stands_out() -> None:
    """Nothing is invented where there is nothing, neither in grey nor in colour."""
    for colour in ((128, 128, 128), (200, 30, 60), (0, 0, 0)):
        plain = photo_of(np.full((90, 120, 3), colour, np.uint8))
        assert crops(plain, 32) == []


def test_grey_photos_are_judged_by_brightness() -> None:
    """The rounding of empty colour channels is not taken for contrast."""
    grey = meadow(600, 400, (80, 60))
    pixels = np.repeat(grey.pixels[..., :1], 3, axis=2)
    assert holds(crops(photo_of(pixels), 32)[0], 80, 60)


def test_the_map_sums_to_one() -> None:
    """What stands out is a distribution over the cells."""
    shown = stands_out(np.asarray(scene()), (64, 42))
    assert shown.shape == (42, 64)
    assert shown.min() >= 0
    assert shown.sum() == pytest.approx(1)


def test_shrink_on_load_moves_no_box_by_much() -> None:
    """The map is small enough that a reduced decode gives the same boxes, within a cell."""
    file = encoded(Image.fromarray(meadow(1600, 1200, (300, 900), side=120).pixels), "JPEG")
    exact, fast = (decode(file, DecodeSpec(min_short_side=n)) for n in (0, 300))
    assert fast.pixels.shape[1] == 400
    first, same = crops(exact, 32)[0], crops(fast, 32)[0]
    assert same == pytest.approx(first, abs=1600 / 64 + 1)


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the reference photos are not here")
def test_boxes_of_photographs_overlap_little() -> None:
    """Every photo has a crop, and no later one repeats what is in those before it."""
    for line in (PHOTOS / "labels.jsonl").read_text().splitlines():
        photo = decode((PHOTOS / json.loads(line)["file"]).read_bytes(), DecodeSpec())
        found = crops(photo, 32)
        assert found
        taken = np.zeros(photo.pixels.shape[:2], bool)
        for x, y, width, height in found:
            part = taken[y : y + height, x : x + width]
            assert part.mean() < MAX_OVERLAP + 0.1  # a cell is up to 16 pixels wide
            part[:] = True
