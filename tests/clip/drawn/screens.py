"""Screenshots and memes."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from PIL import Image, ImageDraw, ImageOps

from tests.clip.drawn.paper import font, words

Picture = Image.Image
Colour = tuple[int, int, int]


def screenshot(dice: Random) -> Picture:
    """A chat, a list with a search field, an article in a browser, a file manager or a player."""
    dark = dice.random() < 0.3
    return dice.choice((_chat, _list, _article, _files))(dice, dark)


def meme(dice: Random, photos: Sequence[Picture]) -> Picture:
    """A photo with large letters over it, or on a strip above it."""
    picture = ImageOps.fit(dice.choice(photos), (600, dice.choice([450, 600])))
    size = dice.randint(50, 66)
    if dice.random() < 0.3:
        whole = Image.new("RGB", (600, picture.height + 140), "white")
        whole.paste(picture, (0, 140))
        pen = ImageDraw.Draw(whole)
        for line in range(2):
            pen.text((20, 14 + line * 60), words(dice, 3)[:22], "black", font(46))
        return whole
    pen = ImageDraw.Draw(picture)
    for y in (12, picture.height - size - 24):
        text = words(dice, 4).upper()[:17]
        pen.text(
            (300, y), text, "white", font(size), anchor="ma", stroke_width=4, stroke_fill="black"
        )
    return picture


def _chat(dice: Random, dark: bool) -> Picture:
    ground, ink, other = _colours(dark)
    picture = Image.new("RGB", (720, 1500), ground)
    pen = ImageDraw.Draw(picture)
    mine = dice.choice([(0, 122, 255), (220, 248, 198), (90, 200, 90)])
    pen.rectangle((0, 0, 720, 120), other)
    pen.ellipse((30, 25, 100, 95), mine)
    pen.text((130, 40), words(dice, 2).title(), ink, font(34))
    y = 150
    while y < 1350:
        lines, left = dice.randint(1, 3), dice.random() < 0.5
        x, high = (30 if left else 220), 40 * lines + 30
        pen.rounded_rectangle((x, y, x + 470, y + high), 28, other if left else mine)
        for line in range(lines):
            text = words(dice, 5)[:26]
            pen.text((x + 24, y + 14 + 40 * line), text, ink if left else "black", font(28))
        y += high + dice.randint(16, 50)
    return picture


def _list(dice: Random, dark: bool) -> Picture:
    ground, ink, card = _colours(dark)
    picture = Image.new("RGB", (640, 1200), ground)
    pen = ImageDraw.Draw(picture)
    pen.text((40, 50), words(dice, 1).title(), ink, font(54))
    pen.rounded_rectangle((40, 130, 600, 190), 30, card)
    pen.text((70, 144), "Search", (140, 140, 140), font(28))
    for row in range(9):
        y = 220 + row * 108
        pen.rounded_rectangle((40, y, 600, y + 96), 16, card)
        pen.rectangle((58, y + 18, 118, y + 78), _any(dice))
        pen.text((140, y + 16), words(dice, 2).title(), ink, font(28))
        pen.text((140, y + 54), words(dice, 3), (140, 140, 140), font(22))
    return picture


def _article(dice: Random, dark: bool) -> Picture:
    ground, ink, bar = _colours(dark)
    picture = Image.new("RGB", (1280, 800), ground)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 1280, 80), bar)
    for tab in range(3):
        pen.rounded_rectangle((20 + tab * 220, 8, 230 + tab * 220, 40), 8, ground)
        pen.text((34 + tab * 220, 12), words(dice, 2)[:18], ink, font(18))
    pen.rounded_rectangle((120, 46, 1180, 74), 12, ground)
    pen.text((140, 50), f"https://{words(dice, 1)}.org/{words(dice, 1)}", ink, font(18))
    pen.text((200, 120), words(dice, 4).title(), ink, font(44))
    for line in range(22):
        pen.text((200, 200 + line * 27), words(dice, 11)[:75], ink, font(20))
    for line in range(8):
        pen.text((970, 200 + line * 44), words(dice, 3), (30, 100, 220), font(20))
    return picture


def _files(dice: Random, dark: bool) -> Picture:
    ground, ink, bar = _colours(dark)
    picture = Image.new("RGB", (1200, 760), _any(dice))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((90, 50, 1120, 680), ground, ink)
    pen.rectangle((90, 50, 1120, 92), bar)
    pen.text((110, 58), words(dice, 2), ink, font(22))
    pen.text((1085, 58), "x", ink, font(22))
    for row in range(13):
        y = 110 + row * 42
        pen.rectangle((290, y + 4, 316, y + 30), (240, 200, 90))
        for x, text in ((330, words(dice, 2)), (680, "12/04/2023"), (900, f"{row * 37} KB")):
            pen.text((x, y), text, ink, font(22))
        pen.text((110, y), words(dice, 1).title(), ink, font(20))
    pen.rectangle((0, 720, 1200, 760), bar)
    return picture


def _colours(dark: bool) -> tuple[Colour, Colour, Colour]:
    if dark:
        return (18, 18, 22), (235, 235, 235), (44, 44, 50)
    return (246, 246, 248), (20, 20, 20), (226, 228, 232)


def _any(dice: Random) -> Colour:
    return dice.randint(40, 230), dice.randint(40, 230), dice.randint(40, 230)
