"""Motion blur: its direction is found, sharp and defocused pictures are left alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from runners.technical.metrics import motion as module
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading
from tests.technical import pictures
from tests.technical.pictures import Grey

ANGLES = range(0, 180, 30)


def motion(grey: Grey) -> Reading:
    return module.motion(Picture(grey))


def streak(length: int, degrees: float) -> npt.NDArray[np.float64]:
    """A line of `length` px as a kernel with sum 1; counter-clockwise from level."""
    side = length + 4 | 1
    kernel = np.zeros((side, side))
    along = np.linspace(-(length - 1) / 2, (length - 1) / 2, 20 * length)
    x = side // 2 + along * np.cos(np.radians(degrees))
    y = side // 2 - along * np.sin(np.radians(degrees))
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    for dx in (0, 1):
        for dy in (0, 1):
            share = (1 - np.abs(x - left - dx)) * (1 - np.abs(y - top - dy))
            np.add.at(kernel, (top + dy, left + dx), share)
    return np.asarray(kernel / kernel.sum(), np.float64)


def moved(grey: Grey, length: int, degrees: float) -> Grey:
    """The picture as taken by a camera that moved."""
    return np.asarray(cv2.filter2D(grey, -1, streak(length, degrees)), dtype=np.uint8)


def leaves(height: int = 300, width: int = 400) -> Grey:
    """Self-made texture with structure of every size in every direction, as photos have."""
    random = np.random.default_rng(11)
    layers = [
        sigma * cv2.GaussianBlur(random.standard_normal((height, width)), (0, 0), sigma)
        for sigma in (0.7, 1.5, 3, 6, 12)
    ]
    return np.asarray(np.clip(np.rint(128 + 25 * np.sum(layers, axis=0)), 0, 255), np.uint8)


def error(found: float, true: float) -> float:
    """Degrees between two directions without sense."""
    apart = abs(found - true) % 180
    return min(apart, 180 - apart)


@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 120, 175])
def test_direction_of_a_drawn_streak(degrees: float) -> None:
    """The direction of movement is found, counter-clockwise from level."""
    reading = motion(moved(leaves(), 15, degrees))
    assert reading.detail["strength"] == reading.value
    assert reading.value is not None
    assert reading.value >= module.NOTICEABLE
    assert 0 <= reading.detail["deg"] < 180
    assert error(reading.detail["deg"], degrees) < 8


def test_longer_movement_is_stronger() -> None:
    """No movement reads less than some, some less than much."""
    values = [
        motion(grey).value or 0.0 for grey in (leaves(), *(moved(leaves(), n, 30) for n in (5, 9)))
    ]
    assert values == sorted(set(values))


@pytest.mark.parametrize("sigma", [0, 1, 3])
def test_blur_without_direction(sigma: float) -> None:
    """Sharp and defocused texture has a strength but no direction."""
    reading = motion(pictures.blurred(leaves(), sigma))
    assert reading.value is not None
    assert reading.value < module.NOTICEABLE
    assert reading.detail["deg"] is None


def test_turned_picture_turns_the_direction() -> None:
    """A quarter turn changes the direction by 90 degrees and nothing else."""
    grey = moved(leaves(300, 300), 15, 30)
    upright, turned = motion(grey), motion(np.rot90(grey))
    assert turned.value == pytest.approx(upright.value, abs=0.05)
    assert turned.detail["deg"] == pytest.approx(upright.detail["deg"] + 90, abs=1)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_picture(level: int) -> None:
    """One grey level everywhere has no spectrum, and says so without a warning."""
    reading = motion(pictures.flat(level, 200, 200))
    assert (reading.value, reading.reason) == (None, "flat")


@pytest.mark.parametrize(("height", "width"), [(1, 1), (512, 1), (1, 512), (127, 512), (512, 127)])
def test_too_small(height: int, width: int) -> None:
    """A side under 128 px gives no number but a reason."""
    reading = motion(leaves(height, width))
    assert (reading.value, reading.reason) == (None, "too_small")


@pytest.mark.parametrize(("height", "width"), [(128, 128), (128, 512), (131, 499), (512, 512)])
def test_sizes_that_count(height: int, width: int) -> None:
    """From 128 px a side on, every size has frequencies in all directions."""
    assert motion(leaves(height, width)).value is not None


@pytest.mark.parametrize(
    "grey",
    [pictures.step_edge(), np.tile(pictures.ramp(), (4, 1)), pictures.checkerboard(256, 256)],
    ids=["step edge", "ramp", "checkerboard"],
)
def test_nothing_to_compare_in_some_direction(grey: Grey) -> None:
    """Where some direction shows no structure at all, the loss of detail is unknown."""
    with np.errstate(all="raise"):
        reading = motion(grey)
    assert (reading.value, reading.reason) == (None, "no_texture")


def test_moved_photos(previews: dict[str, Grey]) -> None:
    """Blur over 15 px is found on most photos in all directions, off by a few degrees."""
    readings = [
        (motion(moved(grey, 15, degrees)), degrees)
        for grey in previews.values()
        for degrees in ANGLES
    ]
    found = [(it.detail["deg"], true) for it, true in readings if it.detail["deg"] is not None]
    errors = [error(deg, true) for deg, true in found]
    assert len(errors) >= 0.85 * len(readings)
    assert np.median(errors) < 3


def test_sharp_photos_are_seldom_flagged(previews: dict[str, Grey]) -> None:
    """At most every tenth photo as taken gets a direction."""
    flagged = [name for name, grey in previews.items() if motion(grey).detail["deg"] is not None]
    assert len(flagged) <= 0.1 * len(previews)


def test_reference_values(previews: dict[str, Grey], references: list[dict[str, Any]]) -> None:
    """Every photo gives the documented strength, and a direction where one is documented."""
    for reference in references:
        reading = motion(previews[reference["file"]])
        assert reading.value == pytest.approx(reference["motion_strength"], abs=0.05)
        assert reading.detail["deg"] == pytest.approx(reference["motion_deg"], abs=1)


def test_same_from_many_threads() -> None:
    """Eight threads at once, of sizes seen and not yet seen, read what one reads."""
    scenes = [leaves(200 + i // 2, 250) for i in range(48)]  # more sizes than are kept
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(motion, scenes)) == [motion(grey) for grey in scenes]


def test_finding_is_a_hint() -> None:
    """The words name the direction, and only where there is one."""
    assert (module.METRIC.finding(motion(moved(leaves(), 15, 90))) or "").startswith("hint of")
    assert module.METRIC.finding(motion(leaves())) is None
    assert module.METRIC.finding(motion(pictures.flat(1))) is None


def test_finding_never_says_180() -> None:
    """A direction just under 180 degrees is called 0."""
    words = module.METRIC.finding(Reading(3.0, {"strength": 3.0, "deg": 179.8}))
    assert words == "hint of motion blur, along about 0 degrees"
