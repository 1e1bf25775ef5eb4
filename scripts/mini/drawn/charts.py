"""Charts: lines, bars, cakes, points, areas, boxes, by matplotlib or by hand."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from scripts.mini.drawn import wording
from scripts.mini.drawn.fonts import Fonts, sized

Dice = np.random.Generator
Picture = Image.Image
Colour = tuple[int, int, int]

_STYLES = (
    *("default", "ggplot", "bmh", "classic", "grayscale", "fivethirtyeight"),
    *("dark_background", "seaborn-v0_8-whitegrid", "seaborn-v0_8-darkgrid", "Solarize_Light2"),
)


def chart(dice: Dice, fonts: Fonts) -> Picture:
    """One of all kinds."""
    return _plotted(dice, fonts) if dice.random() < 0.6 else _by_hand(dice, fonts)


def _plotted(dice: Dice, fonts: Fonts) -> Picture:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import font_manager, pyplot

    face = fonts.any(dice)
    font_manager.fontManager.addfont(str(face))
    family = font_manager.FontProperties(fname=str(face)).get_name()
    with pyplot.style.context(_STYLES[int(dice.integers(len(_STYLES)))]):
        pyplot.rcParams["font.family"] = family
        size = (dice.uniform(4, 9), dice.uniform(3, 6))
        figure, axes = pyplot.subplots(figsize=size, dpi=80)
        kinds = (_lines, _lines, _bars, _bars, _lying, _cake, _points, _histogram, _area, _boxes)
        draw: Callable[[Dice, Any], None] = kinds[int(dice.integers(len(kinds)))]
        draw(dice, axes)
        if dice.random() < 0.8:
            axes.set_title(wording.words(dice, 2, 5))
        if dice.random() < 0.6:
            axes.set_xlabel(wording.word(dice))
            axes.set_ylabel(wording.word(dice))
        file = BytesIO()
        figure.savefig(file, format="png")
        pyplot.close(figure)
    return Image.open(file).convert("RGB")


def _lines(dice: Dice, axes: Any) -> None:
    count = int(dice.integers(10, 120))
    for _ in range(int(dice.integers(1, 6))):
        values = np.cumsum(dice.normal(dice.normal(0, 0.3), 1, count))
        marker = "o" if dice.random() < 0.2 else None
        axes.plot(values, marker=marker, linewidth=dice.uniform(1, 3), label=wording.word(dice))
    if dice.random() < 0.5:
        axes.legend()
    axes.grid(dice.random() < 0.5)


def _bars(dice: Dice, axes: Any) -> None:
    count, rows = int(dice.integers(3, 14)), int(dice.integers(1, 4))
    for row in range(rows):
        at = np.arange(count) + row * 0.8 / rows
        axes.bar(at, dice.gamma(3, 4, count), 0.8 / rows, label=wording.word(dice))
    axes.set_xticks(np.arange(count), [wording.word(dice)[:5] for _ in range(count)])
    if rows > 1:
        axes.legend()


def _lying(dice: Dice, axes: Any) -> None:
    count = int(dice.integers(3, 14))
    axes.barh([f"{wording.word(dice)} {at}" for at in range(count)], dice.gamma(3, 4, count))


def _cake(dice: Dice, axes: Any) -> None:
    shares = dice.gamma(2, 1, int(dice.integers(2, 9))) + 0.2
    hole = {"width": 0.4} if dice.random() < 0.3 else None
    names = [wording.word(dice) for _ in shares]
    axes.pie(shares, labels=names, wedgeprops=hole, startangle=dice.uniform(0, 360))


def _points(dice: Dice, axes: Any) -> None:
    for _ in range(int(dice.integers(1, 4))):
        x = dice.normal(dice.normal(0, 2), 1, int(dice.integers(20, 200)))
        y = x * dice.normal() + dice.normal(0, 1, len(x))
        axes.scatter(
            x, y, s=dice.uniform(5, 60), alpha=dice.uniform(0.4, 1), label=wording.word(dice)
        )


def _histogram(dice: Dice, axes: Any) -> None:
    axes.hist(dice.normal(0, 1, 500), bins=int(dice.integers(8, 50)), edgecolor="black")


def _area(dice: Dice, axes: Any) -> None:
    rows = [np.abs(np.cumsum(dice.normal(0, 1, 30))) for _ in range(int(dice.integers(1, 5)))]
    axes.stackplot(range(30), *rows)


def _boxes(dice: Dice, axes: Any) -> None:
    axes.boxplot([dice.normal(dice.normal(), 1, 50) for _ in range(int(dice.integers(2, 9)))])


def _by_hand(dice: Dice, fonts: Fonts) -> Picture:
    wide = int(dice.integers(400, 900))
    high = int(wide * dice.uniform(0.5, 0.95))
    dark = dice.random() < 0.15
    ground: Colour = (
        (25, 28, 35) if dark else (255, 255, 255) if dice.random() < 0.7 else (244, 244, 238)
    )
    picture = Image.new("RGB", (wide, high), ground)
    draw, ink = ImageDraw.Draw(picture), (230,) * 3 if dark else (30,) * 3
    size = int(high * dice.uniform(0.03, 0.05))
    font = sized(fonts.any(dice), size)
    draw.text(
        (wide * 0.2, size * 0.6),
        wording.words(dice, 2, 4),
        ink,
        sized(fonts.any(dice), int(size * 1.5)),
    )
    box = (wide * 0.1, high * 0.15, wide * 0.95, high * 0.87)
    if dice.random() < 0.25:
        _drawn_cake(dice, draw, box, font, ink)
        return picture
    if dice.random() < 0.6:
        for at in range(1, 6):
            y = box[3] - (box[3] - box[1]) * at / 5
            draw.line((box[0], y, box[2], y), (190,) * 3)
    draw.line((box[0], box[1], box[0], box[3], box[2], box[3]), ink, int(dice.integers(1, 4)))
    _drawn_values(dice, draw, box)
    for at in range(6):
        draw.text(
            (box[0] - 2.6 * size, box[3] - (box[3] - box[1]) * at / 5 - size / 2),
            str(at * 20),
            ink,
            font,
        )
        draw.text(
            (box[0] + (box[2] - box[0]) * at / 6, box[3] + 4), wording.word(dice)[:5], ink, font
        )
    return picture


def _drawn_values(dice: Dice, draw: ImageDraw.ImageDraw, box: tuple[float, ...]) -> None:
    left, top, right, bottom = box
    bars, count = dice.random() < 0.5, int(dice.integers(4, 16))
    step = (right - left) / count
    for _ in range(1 if bars else int(dice.integers(1, 4))):
        colour = tuple(int(it) for it in dice.integers(0, 220, 3))
        values = np.clip(np.cumsum(dice.normal(0, 0.15, count)) + dice.uniform(0.3, 0.7), 0.03, 1)
        if bars:
            values = dice.uniform(0.05, 1, count)
        tops = bottom - values * (bottom - top)
        if bars:
            for at, y in enumerate(tops):
                draw.rectangle(
                    (left + step * (at + 0.2), y, left + step * (at + 0.8), bottom), colour
                )
        else:
            points = [(left + step * (at + 0.5), y) for at, y in enumerate(tops)]
            draw.line(points, colour, int(dice.integers(2, 6)))


def _drawn_cake(
    dice: Dice, draw: ImageDraw.ImageDraw, box: tuple[float, ...], font: Any, ink: Any
) -> None:
    left, top, right, bottom = box
    side = bottom - top
    shares = dice.gamma(2, 1, int(dice.integers(2, 8)))
    ends = np.cumsum(shares / shares.sum()) * 360
    start = 0.0
    for at, end in enumerate(ends):
        colour = tuple(int(it) for it in dice.integers(20, 240, 3))
        draw.pieslice((left, top, left + side, bottom), start, float(end), colour, (255,) * 3)
        y = top + at * font.size * 1.6
        draw.rectangle((right - 8 * font.size, y, right - 7 * font.size, y + font.size), colour)
        draw.text((right - 6.5 * font.size, y), wording.word(dice), ink, font)
        start = float(end)
