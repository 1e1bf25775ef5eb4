"""Bars, frames and the white of a scan are found, and nothing that belongs to a photo."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from runners.technical.metrics.border_lines import Borders, find_borders
from tests.technical import pictures
from tests.technical.pictures import Grey, blurred, with_noise

Sides = tuple[int, int, int, int]  # left, top, right, bottom in px

SCENE = with_noise(pictures.hills(300, 400), 4)
MARGIN = 2
SHAPES: dict[str, Sides] = {
    "letterbox": (0, 50, 0, 50),
    "pillarbox": (90, 0, 90, 0),
    "windowbox": (40, 30, 40, 30),
    "upright phone": (0, 230, 0, 230),
    "polaroid": (20, 20, 20, 80),
    "thin line": (3, 3, 3, 3),
}


def framed(inner: Grey, sides: Sides, level: int) -> Grey:
    """The picture with a border of one level around it."""
    left, top, right, bottom = sides
    return np.pad(inner, ((top, bottom), (left, right)), constant_values=level)


def in_px(borders: Borders, grey: Grey) -> list[int]:
    """Left, top, right and bottom in px of the picture."""
    height, width = grey.shape
    shares = (borders.left, borders.top, borders.right, borders.bottom)
    return [round(share * side) for share, side in zip(shares, (width, height) * 2, strict=True)]


@pytest.mark.parametrize("level", [0, 255, 128, 30], ids=["black", "white", "grey", "dark"])
@pytest.mark.parametrize("sides", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("grain", [0, 1], ids=["clean", "compressed"])
def test_borders_are_found(sides: Sides, level: int, grain: int) -> None:
    """To the pixel, and a little into the picture, whatever their one colour."""
    grey = with_noise(framed(SCENE, sides, level), grain)
    wanted = [side + MARGIN if side else 0 for side in sides]
    found = in_px(find_borders(grey), grey)
    assert all(abs(one - other) <= 3 for one, other in zip(found, wanted, strict=True))
    assert [bool(side) for side in found] == [bool(side) for side in sides]


def test_a_scan_lies_on_uneven_white() -> None:
    """At one corner of the bed, a little slanted, under light that fades."""
    grey = framed(SCENE, (0, 0, 40, 60), 252).astype(np.float64)
    for row in range(300):
        grey[row, 400 - row // 75 :] = 252  # the edge leans by 4 px
    grey -= np.linspace(0, 3, grey.shape[1])
    found = in_px(find_borders(with_noise(grey.astype(np.uint8), 1)), grey.astype(np.uint8))
    assert found[:2] == [0, 0]
    assert found[2] == pytest.approx(40 + MARGIN, abs=6)
    assert found[3] == pytest.approx(60 + MARGIN, abs=3)


def test_a_mat_and_a_line_are_both_taken_off() -> None:
    """One border within another."""
    grey = framed(framed(SCENE, (4, 4, 4, 4), 0), (30, 30, 30, 30), 255)
    assert min(in_px(find_borders(grey), grey)) >= 34


@pytest.mark.parametrize("level", [0, 255], ids=["black", "white"])
@pytest.mark.parametrize("finer", [1, 2, 3, 4])
@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_line_of_a_pixel_is_a_frame(level: int, finer: int, width: int) -> None:
    """Of one to three px of a photo up to four times as large as its preview."""
    large = with_noise(pictures.hills(300 * finer, 400 * finer), 4)
    grey = reduced(framed(large, (width,) * 4, level), finer)
    assert all(2 <= side <= 6 for side in in_px(find_borders(grey), grey))


def reduced(grey: Grey, times: int) -> Grey:
    """The preview of a picture so many times as large."""
    height, width = grey.shape
    size = (width // times, height // times)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("side", range(4), ids=["left", "top", "right", "bottom"])
@pytest.mark.parametrize("level", [0, 255], ids=["black", "white"])
def test_a_slip_on_one_side_is_a_border(side: int, level: int) -> None:
    """Two in a hundred of black or white, as a sloppy cut leaves them."""
    left, top, right, bottom = (7 if place == side else 0 for place in range(4))
    grey = framed(SCENE, (left, top, right, bottom), level)
    found = in_px(find_borders(grey), grey)
    assert found == [7 + MARGIN if place == side else 0 for place in range(4)]


WRITING: dict[str, list[tuple[int, int, str]]] = {  # x, y from the top of 440 px, words
    "subtitle": [(110, 405, "- Where are we going?")],
    "two lines": [(60, 386, "It is a long way from here"), (90, 412, "and nobody knew it.")],
    "station": [(320, 20, "TV 5")],
    "station and subtitle": [(320, 20, "TV 5"), (110, 405, "- I do not know.")],
    "half in the picture": [(80, 352, "Where do you think"), (90, 376, "we are going?")],
}


@pytest.mark.parametrize("lines", WRITING.values(), ids=WRITING.keys())
def test_writing_in_a_bar_leaves_it_a_bar(lines: list[tuple[int, int, str]]) -> None:
    """Subtitles and signs in the bars of a video still."""
    grey = written(framed(SCENE, (0, 70, 0, 70), 0), lines, 255)
    found = in_px(find_borders(grey), grey)
    assert found[0::2] == [0, 0]
    assert found[1::2] == pytest.approx([70 + MARGIN] * 2, abs=3)


def test_a_note_below_an_instant_photo() -> None:
    """Its broad white foot is a border with words on it, too."""
    grey = written(framed(SCENE, (20, 20, 20, 80), 252), [(60, 345, "Summer at the lake")], 60)
    assert in_px(find_borders(grey), grey) == pytest.approx([22, 22, 22, 82], abs=3)


def written(grey: Grey, lines: list[tuple[int, int, str]], ink: int) -> Grey:
    """The picture with words on it."""
    for x, y, words in lines:
        cv2.putText(grey, words, (x, y), cv2.FONT_HERSHEY_DUPLEX, 0.7, (ink,), 1, cv2.LINE_AA)
    return grey


def sky_above(level: int, fade: float) -> Grey:
    """A sky that fades to below a level horizon, over ground."""
    sky = np.clip(level - fade * np.arange(150), 0, 255)[:, None].repeat(400, 1)
    return np.vstack([sky.astype(np.uint8), SCENE[150:]])


def on_ground(ground: int, rows: slice, columns: slice) -> Grey:
    """A round thing cut out on one level."""
    y, x = np.mgrid[-1:1:300j, -1:1:400j]
    picture = np.where((x / 0.6) ** 2 + (y / 0.7) ** 2 < 1, SCENE, np.uint8(ground))
    picture[rows, columns] = SCENE[rows, columns]
    return np.asarray(picture, np.uint8)


def vignette() -> Grey:
    """Dark corners."""
    y, x = np.mgrid[-1:1:300j, -1:1:400j]
    return (SCENE * np.clip(1.3 - 0.9 * (x**2 + y**2), 0, 1)).astype(np.uint8)


NOTHING = slice(0, 0)
BARE = {
    "scene": SCENE,
    "white sky over a level horizon": sky_above(255, 0),
    "fading sky": sky_above(250, 0.5),
    "thing on white": on_ground(255, NOTHING, NOTHING),
    "singer on a black stage": on_ground(2, slice(120, 300), slice(150, 230)),
    "vignette": vignette(),
    "black": pictures.flat(0, 300, 400),
    "white": pictures.flat(255, 300, 400),
    "out of focus": blurred(SCENE, 12),
    "mostly border": framed(SCENE[100:180, 100:180], (180, 150, 180, 150), 0),
    "tiny": framed(SCENE[:20, :20], (8, 8, 8, 8), 0),
}


@pytest.mark.parametrize("grey", BARE.values(), ids=BARE.keys())
def test_a_photos_own_content_stays(grey: Grey) -> None:
    """Skies, stages, things on white, vignettes; nor are borders cut that leave too little."""
    assert not find_borders(grey)


def test_the_shared_photos_have_none(previews: dict[str, Grey]) -> None:
    """None of 44 loses a pixel, as taken or too light or dark."""
    for stops in (-5, -3, 0, 2, 4):
        assert [
            n for n, grey in previews.items() if find_borders(pictures.exposed(grey, stops))
        ] == []


def test_every_view_is_cut_in_proportion() -> None:
    """A view twice as large loses twice as many pixels, and one of a pixel keeps it."""
    borders = Borders(0.25, 0.1, 0.25, 0.2)
    assert borders.within(np.zeros((100, 200), np.uint8)).shape == (70, 100)
    assert borders.within(np.zeros((200, 400, 3), np.uint8)).shape == (140, 200, 3)
    assert borders.within(np.zeros((1, 1), np.uint8)).shape == (1, 1)
    assert borders.area == pytest.approx(1 - 0.5 * 0.7)
