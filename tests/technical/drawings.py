"""Rendered pictures that are no photos: pages, chats, charts, maps, icons and the like, by seed.

Letters are Pillow's own font, to which nothing was fitted.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw, ImageFont

Size = tuple[int, int]
Colour = tuple[int, int, int]
_SYLLABLES = ("ka", "lo", "mi", "ter", "sen", "vu", "pra", "dol", "est", "qua", "re", "fo", "bel")


def page(dice: Random, size: Size) -> Image.Image:
    """Paragraphs under a heading, in one column."""
    picture = Image.new("RGB", size, dice.choice([(255, 255, 255), (248, 244, 232)]))
    margin = size[0] // 10
    y = _text(picture, dice, (margin, margin), size[0] * 0.05, 0.5, (20, 20, 20), 1)
    while y < size[1] - margin * 2:
        lines = dice.randint(2, 6)
        y = _text(picture, dice, (margin, y + 8), size[0] * 0.024, 0.8, (30, 30, 30), lines)
    return picture


def receipt(dice: Random, size: Size) -> Image.Image:
    """Words to the left and prices to the right, on a strip."""
    picture = Image.new("RGB", (size[1] // 2, size[1]), (252, 252, 250))
    pen, letters = ImageDraw.Draw(picture), ImageFont.load_default(size[1] // 44)
    for y in range(20, size[1] - 30, size[1] // 26):
        pen.text((12, y), _words(dice, 2), (25, 25, 25), letters)
        pen.text((picture.width * 0.76, y), f"{dice.uniform(1, 99):.2f}", (25, 25, 25), letters)
    return picture


def chat(dice: Random, size: Size) -> Image.Image:
    """Bubbles to the left and to the right, light or dark."""
    dark = dice.random() < 0.5
    grounds: tuple[Colour, Colour] = ((236, 229, 221), (220, 248, 198))
    back, bubble = ((17, 27, 33), (0, 92, 75)) if dark else grounds
    picture = Image.new("RGB", size, back)
    pen, y = ImageDraw.Draw(picture), 20
    while y < size[1] - 90:
        left = 10 if dice.random() < 0.5 else int(size[0] * 0.3)
        lines, height = dice.randint(1, 3), size[0] * 0.036
        pen.rounded_rectangle(
            [left, y, left + size[0] * 0.66, y + (lines + 0.6) * height * 1.4], 10, bubble
        )
        ink = (230, 230, 230) if dark else (20, 20, 20)
        y = 14 + _text(picture, dice, (left + 10, y + 6), height, 0.6, ink, lines)
    return picture


def chart(dice: Random, size: Size) -> Image.Image:
    """Bars and a line over a grid."""
    picture = Image.new("RGB", size, (255, 255, 255))
    pen, (width, height) = ImageDraw.Draw(picture), size
    for step in range(1, 8):
        pen.line([width * 0.1, height * step / 8, width * 0.95, height * step / 8], (205, 205, 205))
    for bar in range(10):
        x, top = width * (0.12 + bar * 0.08), height * dice.uniform(0.2, 0.8)
        pen.rectangle([x, top, x + width * 0.05, height * 0.875], _colour(dice))
    points = [(width * (0.12 + i * 0.08), height * dice.uniform(0.2, 0.7)) for i in range(10)]
    pen.line(points, (200, 30, 30), max(2, width // 250))
    _text(picture, dice, (int(width * 0.1), 4), height * 0.04, 0.5, (40, 40, 40), 1)
    return picture


def street_map(dice: Random, size: Size) -> Image.Image:
    """Water and parks below streets with names."""
    picture = Image.new("RGB", size, (242, 239, 233))
    pen, (width, height) = ImageDraw.Draw(picture), size
    for ground in [(170, 211, 223)] * 2 + [(200, 230, 180)] * 4:
        x, y = dice.uniform(0, width), dice.uniform(0, height)
        pen.ellipse([x, y, x + width * 0.3, y + height * 0.25], ground)
    for _ in range(24):
        x, y, angle = dice.uniform(0, width), dice.uniform(0, height), dice.choice([0.3, 1.87])
        far, slope = width, (math.cos(angle), math.sin(angle))
        ends = [x - far * slope[0], y - far * slope[1], x + far * slope[0], y + far * slope[1]]
        pen.line(ends, dice.choice([(255, 255, 255), (252, 214, 164)]), max(2, width // 160))
    for _ in range(10):
        where = (int(dice.uniform(0, width * 0.8)), int(dice.uniform(0, height * 0.9)))
        _text(picture, dice, where, width * 0.025, 0.2, (70, 70, 70), 1)
    return picture


def icon(dice: Random, size: Size) -> Image.Image:
    """A rounded square with two shapes and a letter."""
    side = min(size)
    picture = Image.new("RGB", (side, side), dice.choice([(255, 255, 255), (0, 0, 0)]))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle([side * 0.1, side * 0.1, side * 0.9, side * 0.9], side / 5, _colour(dice))
    pen.ellipse([side * 0.2, side * 0.2, side * 0.6, side * 0.6], _colour(dice))
    pen.polygon([(side * 0.4, side * 0.8), (side * 0.8, side * 0.8), (side * 0.6, side * 0.4)], 0)
    pen.text((side * 0.4, side * 0.3), "R", (255, 255, 255), ImageFont.load_default(side // 3))
    return picture


def cartoon(dice: Random, size: Size) -> Image.Image:
    """Flat shapes with outlines before hills and a sky."""
    picture = Image.new("RGB", size, (150, 205, 250))
    pen, (width, height) = ImageDraw.Draw(picture), size
    hill = [(x, height * (0.6 + 0.08 * math.sin(8 * x / width))) for x in range(0, width + 9, 8)]
    pen.polygon([(0, height), *hill, (width, height)], _colour(dice))
    for _ in range(9):
        x, y, side = (
            dice.uniform(0, width),
            dice.uniform(0, height),
            height * dice.uniform(0.1, 0.3),
        )
        shape = pen.ellipse if dice.random() < 0.5 else pen.rectangle
        shape([x, y, x + side, y + side], fill=_colour(dice), outline=0, width=max(2, width // 200))
    return picture


def plain(dice: Random, size: Size) -> Image.Image:
    """A frame of one colour, such as a lens cap or a flash gives."""
    return Image.new("RGB", size, dice.choice([(0, 0, 0), (255, 255, 255), (4, 4, 4)]))


KINDS: tuple[Callable[[Random, Size], Image.Image], ...] = (
    page,
    receipt,
    chat,
    chart,
    street_map,
    icon,
    cartoon,
    plain,
)


def encoded(picture: Image.Image, quality: int | None) -> io.BytesIO:
    """As a JPEG of that quality, as a PNG without one."""
    file = io.BytesIO()
    if quality is None:
        picture.save(file, "PNG", compress_level=1)
    else:
        picture.save(file, "JPEG", quality=quality)
    file.seek(0)
    return file


def _text(
    picture: Image.Image,
    dice: Random,
    at: tuple[int, int],
    height: float,
    share: float,
    ink: Colour,
    lines: int,
) -> int:
    """Lines of made-up words that fill a share of the width; answers where the next one begins."""
    pen, letters, y = ImageDraw.Draw(picture), ImageFont.load_default(max(8, height)), at[1]
    for _ in range(lines):
        line = ""
        while pen.textlength(line, letters) < picture.width * share * 0.85:
            line += _words(dice, 1) + " "
        pen.text((at[0], y), line, ink, letters)
        y += int(max(8, height) * 1.4)
    return y


def _words(dice: Random, count: int) -> str:
    words = ("".join(dice.choices(_SYLLABLES, k=dice.randint(1, 3))) for _ in range(count))
    return " ".join(words)


def _colour(dice: Random) -> Colour:
    return dice.randrange(256), dice.randrange(256), dice.randrange(256)
