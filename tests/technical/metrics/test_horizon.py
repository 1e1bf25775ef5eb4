"""The horizon: drawn edges and turned photos are recovered, and most pictures have none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import pytest

from runners.technical.metrics import horizon as module
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading
from tests.technical import pictures
from tests.technical.pictures import Grey

LEVEL_SEAS = ["beach_kites", "beach_yoga", "harbour_sea", "lake_dusk", "pier_sunset"]
CLEAR_LINES = ["beach_kites", "beach_yoga", "pier_sunset"]


def horizon(grey: Grey) -> Reading:
    return module.horizon(Picture(grey))


def confidence(reading: Reading) -> float:
    found = reading.extras["horizon_confidence"]
    assert found is not None
    return found


def edge(degrees: float, height: int = 340, width: int = 512) -> Grey:
    """Bright above dark, along a line whose right end is higher by `degrees`; soft by one pixel."""
    y, x = np.mgrid[:height, :width]
    below = y - height / 2 + (x - width / 2) * np.tan(np.radians(degrees))
    share = np.clip(below * np.cos(np.radians(degrees)) + 0.5, 0, 1)
    return np.asarray(np.rint(192 - 128 * share), np.uint8)


def turned(grey: Grey, degrees: float) -> Grey:
    """The largest level cut of the picture turned counter-clockwise by up to 12 degrees."""
    height, width = grey.shape
    around = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    whole = cv2.warpAffine(grey, around, (width, height))
    sine, cosine = abs(np.sin(np.radians(degrees))), np.cos(np.radians(degrees))
    double = cosine**2 - sine**2
    inner_width = int((width * cosine - height * sine) / double) - 2
    inner_height = int((height * cosine - width * sine) / double) - 2
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    return np.asarray(
        whole[top : top + inner_height, left : left + inner_width], dtype=np.uint8
    ).copy()


@pytest.mark.parametrize("degrees", [-15, -7.5, -2, -0.5, 0, 0.5, 2, 7.5, 15])
def test_drawn_edge(degrees: float) -> None:
    """A clean edge is measured to 0.05 degrees and with high confidence, up to steep angles."""
    reading = horizon(edge(degrees))
    assert reading.value == pytest.approx(degrees, abs=0.05)
    assert reading.detail["line_deg"] == reading.value
    assert confidence(reading) > 0.9


def test_higher_right_end_is_positive() -> None:
    """The sign is that of a photographer: right side high is above 0, mirrored below."""
    grey = edge(4)
    assert grey[160, 500] < grey[160, 10]  # what lies below the line reaches higher on the right
    assert (horizon(grey).value or 0) > 0
    assert horizon(grey[:, ::-1]).value == pytest.approx(-4, abs=0.05)


@pytest.mark.parametrize("degrees", [25, -25])
def test_steep_line_is_told_but_no_horizon(degrees: float) -> None:
    """Beyond 20 degrees the line is in the detail and the value is unknown."""
    reading = horizon(edge(degrees))
    assert (reading.value, reading.reason) == (None, "no_confident_line")
    assert reading.detail["line_deg"] == pytest.approx(degrees, abs=0.05)


def test_short_line_is_not_trusted() -> None:
    """A level edge over a third of the width is told with its low confidence."""
    grey = pictures.flat(128, 340, 512)
    grey[100:, 170:340] = 200
    reading = horizon(grey)
    assert (reading.value, reading.reason) == (None, "no_confident_line")
    assert reading.detail["line_deg"] == pytest.approx(0, abs=0.05)
    assert 0.4 < confidence(reading) < 0.6


def test_steep_line_needs_more_confidence() -> None:
    """The cover that is enough for a gentle line is not enough beyond 10 degrees."""
    gentle, steep = edge(3), edge(13)
    gentle[:, :300] = steep[:, :300] = 128
    assert horizon(gentle).value == pytest.approx(3, abs=0.1)
    assert horizon(steep).reason == "no_confident_line"
    assert 0.6 < confidence(horizon(steep)) < 0.75


@pytest.mark.parametrize("degrees", [-16.0, -12.0, 11.0, 14.0])
def test_steep_sea_needs_no_more(degrees: float) -> None:
    """With the sky above and nothing else, the same cover is enough up to 20 degrees."""
    clear = np.exp(-(((np.arange(512) - 256) / 60) ** 2))  # haze to both sides
    grey = (187 + (edge(degrees) - 187.0) * (0.05 + 0.95 * clear)).astype(np.uint8)
    reading = horizon(grey)
    assert 0.6 <= confidence(reading) < 0.75
    assert reading.value == pytest.approx(degrees, abs=0.5)


def test_what_is_left_of_a_frame_is_no_horizon() -> None:
    """A dark strip of a few px along one side neither levels the picture nor hides its tilt."""
    for grey, tilt in ((pictures.flat(128, 340, 512), None), (edge(3), 3.0)):
        grey[-5:] = grey[:, :4] = 0
        value = horizon(grey).value
        assert value == (tilt if tilt is None else pytest.approx(tilt, abs=0.1))


@pytest.mark.parametrize("grey", [pictures.flat(128), pictures.flat(0, 340, 512)])
def test_flat_picture_has_none(grey: Grey) -> None:
    """Without a segment there is no line, and the confidence is 0."""
    reading = horizon(grey)
    assert (reading.value, reading.reason) == (None, "no_confident_line")
    assert reading.detail == {"line_deg": None}
    assert reading.extras == {"horizon_confidence": 0.0}


@pytest.mark.parametrize(("height", "width"), [(1, 1), (512, 1), (1, 512), (31, 100), (100, 31)])
def test_too_small(height: int, width: int) -> None:
    """A side under 32 px gives no number but a reason."""
    reading = horizon(edge(0, height, width))
    assert (reading.value, reading.reason) == (None, "too_small")
    assert reading.extras == {}


def test_uprights_are_no_horizon() -> None:
    """A picture of vertical lines only has no segment that counts."""
    assert horizon(pictures.step_edge()).extras == {"horizon_confidence": 0.0}


@pytest.mark.parametrize("name", LEVEL_SEAS)
def test_mirrored_photo(name: str, previews: dict[str, Grey]) -> None:
    """Mirroring a photo of the sea flips the sign."""
    grey = previews[f"{name}.jpg"]
    upright = horizon(grey).value
    assert upright is not None
    assert horizon(np.ascontiguousarray(grey[:, ::-1])).value == pytest.approx(-upright, abs=0.1)


@pytest.mark.parametrize("name", CLEAR_LINES)
def test_turned_photo(name: str, previews: dict[str, Grey]) -> None:
    """A photo turned by a known angle gives it back; up to 10 degrees as a value."""
    grey = previews[f"{name}.jpg"]
    level = horizon(grey).value
    assert level is not None
    for degrees in (1, -1, 3, -3, 5, -5, 8, -8, 12, -12):
        reading = horizon(turned(grey, degrees))
        assert reading.detail["line_deg"] == pytest.approx(level + degrees, abs=0.2), degrees
        if abs(level + degrees) < 10:
            assert reading.value == reading.detail["line_deg"], degrees


def test_reference_values(previews: dict[str, Grey], references: list[dict[str, Any]]) -> None:
    """Every photo gives the documented angle, or none where none is documented."""
    for reference in references:
        reading = horizon(previews[reference["file"]])
        expected = reference["horizon_deg"]
        assert reading.value == (expected if expected is None else pytest.approx(expected, abs=0.2))
        assert confidence(reading) == pytest.approx(reference["horizon_confidence"], abs=0.08)


def test_a_thousand_detections_in_four_threads() -> None:
    """The detector survives many calls at once, and each reads what a single thread reads."""
    scenes = [pictures.hills(100 + i, 150) for i in range(10)]
    alone = [horizon(grey) for grey in scenes]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(horizon, scenes * 100)) == alone * 100


def test_same_from_eight_threads(previews: dict[str, Grey]) -> None:
    """On photos too, eight threads at once read what one reads."""
    photos = list(previews.values())[:16]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(horizon, photos)) == [horizon(grey) for grey in photos]


@pytest.mark.parametrize(
    ("degrees", "words"),
    [
        (2.1, "tilted 2.1 degrees, right side high"),
        (-4, "tilted 4.0 degrees, left side high"),
        (0.2, "level"),
    ],
)
def test_findings(degrees: float, words: str) -> None:
    """The words say by how much and which side is high, and nothing of tilts nobody sees."""
    assert module.METRIC.finding(horizon(edge(degrees))) == words


def test_no_finding_without_a_line() -> None:
    """An unknown horizon is not called level."""
    assert module.METRIC.finding(horizon(pictures.flat(128))) is None
