"""Drawn, written and plain pictures are told from photos by their pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import cv2
import numpy as np
import pytest

from runners.technical.metrics import Picture, drawn
from tests.technical import drawings, pictures
from tests.technical.pictures import Grey

SIZES = ((320, 480), (640, 480), (750, 1334), (1280, 720))
LARGE = ((1080, 2340), (1654, 2339), (1920, 1080))
QUALITIES = (None, 50, 70, 95)


def is_drawn(grey: Grey) -> bool:
    """What the metric says of a grey preview."""
    return bool(drawn.METRIC.function(Picture(grey)).detail["drawn"])


def missed(sizes: Sequence[tuple[int, int]], rounds: int) -> list[str]:
    """Which rendered pictures pass for photos, and how many there are."""
    found = []
    for seed in range(rounds * len(drawings.KINDS)):
        kind, size = drawings.KINDS[seed % len(drawings.KINDS)], sizes[seed // 3 % len(sizes)]
        quality = QUALITIES[seed // 5 % len(QUALITIES)]
        file = drawings.encoded(kind(Random(seed), size), quality)
        if not is_drawn(pictures.preview(file)):
            found.append(f"{kind.__name__} {seed} {size} {quality}")
    return found


def test_rendered_pictures_are_drawn() -> None:
    """97 of 100 pages, chats, charts, maps, icons ..., as PNG and as JPEG down to quality 50."""
    assert len(missed(SIZES, rounds=10)) <= 2


@pytest.mark.soak
def test_many_large_rendered_pictures_are_drawn() -> None:
    """The same as screens and scanners make them, up to 2340 px."""
    assert len(missed(LARGE, rounds=50)) <= 12


SPOILT: dict[str, Callable[[Grey], Grey]] = {
    "as taken": lambda grey: grey,
    "overexposed": lambda grey: pictures.exposed(grey, 1),
    "at night": lambda grey: pictures.exposed(grey, -3),
    "in fog": lambda grey: (150 + 0.3 * grey).astype(np.uint8),
    "out of focus": lambda grey: pictures.blurred(grey, 5),
    "noisy": lambda grey: pictures.with_noise(grey, 12),
    "hard": lambda grey: np.clip(1.4 * grey - 50.0, 0, 255).astype(np.uint8),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_photos_are_photos(previews: dict[str, Grey], spoil: Callable[[Grey], Grey]) -> None:
    """None of the shared photos passes for drawn; spoilt so that its grain is gone, 1 in 20 may."""
    taken = [name for name, grey in previews.items() if is_drawn(spoil(grey))]
    assert len(taken) <= (0 if spoil is SPOILT["as taken"] else 2)


@pytest.mark.parametrize("quality", [10, 15])
def test_a_badly_compressed_photo_is_a_photo(previews: dict[str, Grey], quality: int) -> None:
    """JPEG of quality 10 makes flat squares of it, in as many tones as it had: 1 in 20 may fail."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    files = (cv2.imencode(".jpg", grey, options)[1] for grey in previews.values())
    again = (np.asarray(cv2.imdecode(file, cv2.IMREAD_GRAYSCALE), np.uint8) for file in files)
    assert sum(map(is_drawn, again)) <= 2


def test_a_badly_compressed_page_is_a_page() -> None:
    """Quality 20 and 30 leave a page, a chat and a chart what they are."""
    kinds = (drawings.page, drawings.receipt, drawings.chat, drawings.chart, drawings.icon)
    for quality in (20, 30):
        for seed, kind in enumerate(kinds):
            file = drawings.encoded(kind(Random(seed), (640, 480)), quality)
            assert is_drawn(pictures.preview(file)), (kind.__name__, quality)


def test_a_thing_on_white_is_a_photo(previews: dict[str, Grey]) -> None:
    """Cut out as shops do it, on pure white: 1 in 20 may be taken for drawn."""
    rows, columns = np.ogrid[-1:1:384j, -1:1:512j]
    inside = (rows / 0.8) ** 2 + (columns / 0.7) ** 2 < 1
    things = [grey for grey in previews.values() if grey.shape == inside.shape]
    taken = [is_drawn(np.where(inside, thing, np.uint8(255))) for thing in things]
    assert sum(taken) <= len(things) // 20 + 1


def test_a_tiny_picture_stays_undecided() -> None:
    """Under 8 px there is nothing to go by."""
    reading = drawn.METRIC.function(Picture(pictures.flat(0, 7, 40)))
    assert (reading.value, reading.reason) == (None, "too_small")
