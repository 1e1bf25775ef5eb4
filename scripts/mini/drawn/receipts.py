"""Till receipts: narrow slips of items and prices."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from scripts.mini.drawn import wording
from scripts.mini.drawn.fonts import Font, Fonts, sized

Dice = np.random.Generator
Picture = Image.Image


def receipt(dice: Dice, fonts: Fonts) -> Picture:
    """A slip, 1.2 to 4 times as high as wide; the paper to its edges."""
    size = int(dice.integers(14, 26))
    face = fonts.mono(dice) if dice.random() < 0.7 else fonts.any(dice)
    font, large = sized(face, size), sized(face, int(size * dice.uniform(1.2, 2.2)))
    width = int(size * dice.uniform(15, 24))
    lines = _lines(dice)
    step = int(size * dice.uniform(1.15, 1.6))
    height = int(step * (len(lines) + 6))
    grey = int(dice.integers(232, 256))
    picture = Image.new("RGB", (width, height), (grey, grey, grey - int(dice.integers(0, 8))))
    draw, ink = ImageDraw.Draw(picture), int(dice.integers(0, 110))
    y = step
    for at, (left, right) in enumerate(lines):
        y += _write(draw, (y, width, step), (left, right), large if at == 0 else font, ink)
    if dice.random() < 0.6:
        _barcode(draw, dice, (size, y, width - size, y + 3 * step), ink)
    return picture


def _lines(dice: Dice) -> list[tuple[str, str | None]]:
    """Left and right of each line; without a right one it stands in the middle."""
    head: list[tuple[str, str | None]] = [(f"{wording.place(dice)} {wording.item(dice)}", None)]
    head += [(f"{int(dice.integers(1, 99))} {wording.place(dice)} Street", None)]
    if dice.random() < 0.7:
        head += [(f"Tel {int(dice.integers(10**6, 10**7))}", None)]
    head += [(wording.date(dice), wording.clock(dice)), (_divider(dice), None)]
    items = [(_item(dice), wording.price(dice)) for _ in range(int(dice.integers(2, 22)))]
    foot: list[tuple[str, str | None]] = [(_divider(dice), None), ("SUBTOTAL", wording.price(dice))]
    foot += [("TAX" if dice.random() < 0.5 else "VAT 19%", wording.price(dice))]
    foot += [("TOTAL", wording.price(dice)), ("CASH", wording.price(dice)), ("", None)]
    thanks = ("THANK YOU", "Thank you for your visit", "PLEASE COME AGAIN", "Have a nice day")
    foot += [(thanks[int(dice.integers(4))], None)]
    return [*head, *items, *foot]


def _item(dice: Dice) -> str:
    name = wording.item(dice)
    name = name.upper() if dice.random() < 0.5 else name
    return f"{int(dice.integers(1, 6))} x {name}" if dice.random() < 0.4 else name


def _divider(dice: Dice) -> str:
    return str(dice.choice(["-", "=", "*", "."])) * 24


def _write(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int, int],
    text: tuple[str, str | None],
    font: Font,
    ink: int,
) -> int:
    (y, width, step), (left, right) = place, text
    margin = step
    if right is None:
        draw.text(((width - font.getlength(left)) / 2, y), left, (ink,) * 3, font)
    else:
        draw.text((margin, y), left, (ink,) * 3, font)
        draw.text((width - margin - font.getlength(right), y), right, (ink,) * 3, font)
    return max(step, int(font.size * 1.2))


def _barcode(
    draw: ImageDraw.ImageDraw, dice: Dice, box: tuple[int, int, int, int], ink: int
) -> None:
    left, top, right, bottom = box
    x = float(left)
    while x < right:
        wide = float(dice.choice([1, 2, 3]))
        draw.rectangle((x, top, x + wide - 1, bottom), fill=(ink,) * 3)
        x += wide + float(dice.choice([1, 2, 3]))
