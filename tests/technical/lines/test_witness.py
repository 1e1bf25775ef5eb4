"""A line is the horizon only where nothing else in the picture speaks against it."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import pytest

from runners.technical.metrics import horizon as module
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading
from tests.technical.pictures import Grey
from tests.technical.scenes.camera import Camera
from tests.technical.scenes.families import FAMILIES, Photo, photos
from tests.technical.scenes.lying import stairs
from tests.technical.scenes.upright import facade

LONE_EDGES = {"table"}  # before a plain wall nobody could tell its edge from the sea
UPRIGHT = ("facade", "terrace", "corner", "shelves", "fence", "tower", "brick_wall", "corridor")
WRONG = 1.0  # degrees


def horizon(grey: Grey) -> Reading:
    return module.horizon(Picture(grey))


def answers(taken: Iterable[Photo]) -> list[float | None]:
    """How far off each answer is, in degrees; None where there is none."""
    readings = [(horizon(photo.grey).value, photo.roll) for photo in taken]
    return [None if value is None else abs(value - roll) for value, roll in readings]


def wrong(found: list[float | None]) -> int:
    return sum(off is not None and off > WRONG for off in found)


def right(found: list[float | None]) -> int:
    return sum(off is not None and off <= WRONG for off in found)


def front(height: int = 360, width: int = 480) -> Grey:
    """Four houses with windows, seen from in front, each pixel where it belongs."""
    grey = np.full((height, width), 180, np.uint8)
    grey[280:] = 90
    for left in range(40, 440, 100):
        grey[60:304, left : left + 80] = 130
        for top in range(72, 288, 24):
            for pane in range(left + 6, left + 74, 18):
                grey[top : top + 14, pane : pane + 10] = 70
    return grey


def aside(grey: Grey, top: float, bottom: float) -> Grey:
    """The same from the side: the left edge's ends are moved in, every upright stays upright."""
    height, width = grey.shape
    seen = np.array([(0, 0), (width, top), (width, height - bottom), (0, height)], np.float32)
    kept = np.array([(36, 60), (444, 60), (444, 276), (36, 276)], np.float32)
    turn = cv2.getPerspectiveTransform(kept, seen)
    return np.asarray(cv2.warpPerspective(grey, turn, (width, height)), np.uint8)


@pytest.mark.parametrize(("top", "bottom"), [(32, 0), (48, 8), (60, 0), (104, 0), (90, 20)])
def test_facade_from_the_side_is_not_tilted(top: float, bottom: float) -> None:
    """Roofs and sills run away, uprights are upright: no tilt, no trust, and who said so."""
    reading = horizon(aside(front(), top, bottom))
    assert (reading.value, reading.reason) == (None, "no_confident_line")
    assert (reading.extras["horizon_confidence"] or 0) < 0.6
    assert reading.detail["decided_by"] == "verticals"
    assert module.METRIC.finding(reading) is None


@pytest.mark.parametrize("roll", [-6.0, -2.0, 0.0, 3.0])
def test_facade_from_in_front_is_as_tilted_as_it_is(roll: float) -> None:
    """Where lines and uprights agree the angle is told."""
    canvas = facade(np.random.default_rng(3), Camera(roll=roll, height=4))
    reading = horizon(canvas.grey())
    assert reading.value == pytest.approx(roll, abs=0.5)
    assert reading.detail["decided_by"] == "verticals"


def test_lone_line_is_decided_by_itself() -> None:
    """Sky above, sea below, nothing else: the line's word is enough."""
    grey = np.full((340, 512), 190, np.uint8)
    grey[200:] = 90
    assert horizon(grey).detail["decided_by"] == "line"


@pytest.mark.parametrize("yaw", [-30.0, -15.0, 15.0, 30.0])
def test_lines_that_run_to_a_point_are_no_horizon(yaw: float) -> None:
    """Steps seen from the side, without one upright, give no tilt."""
    reading = horizon(stairs(np.random.default_rng(1), Camera(yaw=yaw, height=2.5)).grey())
    assert (reading.value, reading.reason) == (None, "no_confident_line")
    assert (reading.extras["horizon_confidence"] or 0) < 0.6
    assert reading.detail["decided_by"] == "converging"


def test_made_scenes_are_not_called_tilted() -> None:
    """Streets, stairs, shelves, rails and floors by a known camera: at most 2 in 100 are wrong."""
    found = {name: answers(photos(name, 12)) for name in FAMILIES if name not in LONE_EDGES}
    count = sum(map(len, found.values()))
    assert count >= 190
    assert sum(map(wrong, found.values())) <= 0.02 * count, {n: wrong(f) for n, f in found.items()}
    assert sum(wrong(found[name]) for name in UPRIGHT) <= 1


def test_seas_are_found() -> None:
    """Tilted by up to 15 degrees, in waves and haze, behind boats, islands, people: 3 in 4."""
    found = answers(photos("sea", 24))
    assert right(found) >= 18
    assert wrong(found) <= 3


@pytest.mark.soak
def test_many_made_scenes() -> None:
    """The same over a thousand scenes and 200 seas of another seed."""
    found = {name: answers(photos(name, 60, seed=5)) for name in FAMILIES}
    judged = [off for name in FAMILIES if name not in LONE_EDGES for off in found[name]]
    assert wrong(judged) <= 0.02 * len(judged)
    assert wrong(found["table"]) <= 0.35 * len(found["table"])
    assert right(answers(photos("sea", 200, seed=5))) >= 150
