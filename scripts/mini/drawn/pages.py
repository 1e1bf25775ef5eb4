"""Documents: letters, articles, forms, invoices, tables, listings, minutes, as pages of paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from scripts.mini.drawn import wording
from scripts.mini.drawn.fonts import Fonts, sized

Dice = np.random.Generator
Picture = Image.Image
Colour = tuple[int, int, int]


def page(dice: Dice, fonts: Fonts) -> Picture:
    """One of all layouts, upright mostly."""
    width = int(dice.integers(600, 1000))
    height = int(width * dice.choice([1.414, 1.294, 1.3, 1.5, 0.75], p=[0.5, 0.25, 0.1, 0.05, 0.1]))
    picture = Image.new("RGB", (width, height), _paper(dice))
    layouts: tuple[Callable[[_Sheet], None], ...] = (
        _letter, _article, _columns, _form, _invoice, _table, _listing, _outline, _sparse
    )  # fmt: skip
    sheet = _Sheet(picture, dice, fonts)
    layouts[int(dice.integers(len(layouts)))](sheet)
    return picture


class _Sheet:
    """A page with its margins, written from top to bottom."""

    def __init__(self, picture: Picture, dice: Dice, fonts: Fonts) -> None:
        self.picture, self.dice = picture, dice
        self.draw = ImageDraw.Draw(picture)
        self.width, self.height = picture.size
        self.margin = int(self.width * dice.uniform(0.05, 0.14))
        self.size = int(self.width * dice.uniform(0.016, 0.032))
        self.face: Path = fonts.any(dice)
        self.title_face: Path = self.face if dice.random() < 0.5 else fonts.heavy(dice)
        self.ink: Colour = (0, 0, 0) if dice.random() < 0.5 else _dark(dice)
        self.y = self.margin

    @property
    def step(self) -> int:
        return int(self.size * 1.45)

    def text(self, x: float, text: str, size: float = 1.0, *, title: bool = False) -> None:
        font = sized(self.title_face if title else self.face, int(self.size * size))
        self.draw.text((x, self.y), text, self.ink, font)

    def line(self, left: int, right: int, *, last: bool = False) -> None:
        """A line of text from `left` to about `right`."""
        font = sized(self.face, self.size)
        end = left + (right - left) * (self.dice.uniform(0.3, 0.8) if last else 0.97)
        text = wording.words(self.dice, 2, 3)
        while font.getlength(f"{text} window") < end - left:
            text += " " + wording.word(self.dice)
        self.draw.text((left, self.y), text, self.ink, font)
        self.y += self.step

    def paragraph(self, left: int, right: int, lines: int, bottom: int) -> None:
        for at in range(lines):
            if self.y + self.step > bottom:
                return
            self.line(left, right, last=at == lines - 1)
        self.y += int(self.step * self.dice.uniform(0.3, 1.0))

    def title(self, size: float) -> None:
        self.text(self.margin, wording.words(self.dice, 2, 6), size, title=True)
        self.y += int(self.size * size * 1.8)

    def rule(self) -> None:
        self.draw.line((self.margin, self.y, self.width - self.margin, self.y), self.ink, 1)
        self.y += self.step // 2

    @property
    def right(self) -> int:
        return self.width - self.margin

    @property
    def bottom(self) -> int:
        return self.height - self.margin


def _letter(sheet: _Sheet) -> None:
    dice = sheet.dice
    if dice.random() < 0.6:
        _letterhead(sheet)
    for _ in range(int(dice.integers(2, 5))):
        sheet.text(sheet.margin, wording.words(dice, 2, 4))
        sheet.y += sheet.step
    sheet.text(sheet.right - 6 * sheet.size, wording.date(dice))
    sheet.y += 2 * sheet.step
    sheet.title(1.2)
    for _ in range(int(dice.integers(2, 6))):
        sheet.paragraph(sheet.margin, sheet.right, int(dice.integers(2, 7)), sheet.bottom)
    sheet.text(sheet.margin, wording.words(dice, 2, 3))
    if dice.random() < 0.5:
        _signature(sheet)


def _letterhead(sheet: _Sheet) -> None:
    colour = tuple(int(it) for it in sheet.dice.integers(0, 200, 3))
    if sheet.dice.random() < 0.5:
        sheet.draw.rectangle((0, 0, sheet.width, sheet.margin // 2), fill=colour)
    else:
        side = 4 * sheet.size
        sheet.draw.ellipse((sheet.margin, sheet.y, sheet.margin + side, sheet.y + side), colour)
        sheet.y += int(side * 1.3)


def _signature(sheet: _Sheet) -> None:
    x, y = sheet.margin, sheet.y + 3 * sheet.step
    steps = sheet.dice.normal(0, sheet.size, (14, 2))
    points = [(x + at * sheet.size * 0.8 + dx, y + dy) for at, (dx, dy) in enumerate(steps)]
    sheet.draw.line(points, (20, 30, 120), 2, joint="curve")


def _article(sheet: _Sheet) -> None:
    sheet.title(sheet.dice.uniform(1.4, 2.4))
    while sheet.y < sheet.bottom - 3 * sheet.step:
        if sheet.dice.random() < 0.25:
            sheet.title(1.25)
        sheet.paragraph(sheet.margin, sheet.right, int(sheet.dice.integers(3, 10)), sheet.bottom)
        if sheet.dice.random() < 0.04:
            return


def _columns(sheet: _Sheet) -> None:
    sheet.title(sheet.dice.uniform(1.4, 2.2))
    if sheet.dice.random() < 0.5:
        sheet.paragraph(2 * sheet.margin, sheet.width - 2 * sheet.margin, 5, sheet.bottom)
    top, count = sheet.y, int(sheet.dice.integers(2, 4))
    wide = (sheet.right - sheet.margin) / count
    sheet.size = int(sheet.size * (0.9 if count == 2 else 0.75))
    for column in range(count):
        left = int(sheet.margin + column * wide)
        sheet.y = top
        while sheet.y < sheet.bottom - 2 * sheet.step:
            lines = int(sheet.dice.integers(3, 12))
            sheet.paragraph(left, int(left + wide - sheet.size), lines, sheet.bottom)


def _form(sheet: _Sheet) -> None:
    sheet.title(sheet.dice.uniform(1.2, 2.0))
    boxed = sheet.dice.random() < 0.5
    while sheet.y < sheet.bottom - 3 * sheet.step:
        count = int(sheet.dice.integers(1, 4))
        wide = (sheet.right - sheet.margin) / count
        for column in range(count):
            left = sheet.margin + column * wide
            sheet.text(left, wording.words(sheet.dice, 1, 2), 0.8)
            top = sheet.y + sheet.step
            if boxed:
                box = (left, top, left + wide * 0.92, top + 1.5 * sheet.step)
                sheet.draw.rectangle(box, outline=sheet.ink)
            else:
                low = top + sheet.step
                sheet.draw.line((left, low, left + wide * 0.92, low), sheet.ink, 1)
        sheet.y += int(3.2 * sheet.step)


def _invoice(sheet: _Sheet) -> None:
    dice = sheet.dice
    _letterhead(sheet)
    sheet.title(dice.uniform(1.5, 2.4))
    for _ in range(4):
        sheet.text(sheet.margin, wording.words(dice, 2, 4))
        sheet.y += sheet.step
    sheet.y += sheet.step
    sheet.rule()
    for _ in range(int(dice.integers(3, 14))):
        sheet.text(sheet.margin, f"{int(dice.integers(1, 9))}  {wording.item(dice)}")
        sheet.text(sheet.right - 5 * sheet.size, wording.price(dice))
        sheet.y += sheet.step
    sheet.rule()
    sheet.text(sheet.right - 11 * sheet.size, f"Total  {wording.price(dice)}", 1.1, title=True)
    sheet.y += 4 * sheet.step
    sheet.paragraph(sheet.margin, sheet.right, 3, sheet.bottom)


def _table(sheet: _Sheet) -> None:
    dice = sheet.dice
    sheet.title(1.5)
    sheet.paragraph(sheet.margin, sheet.right, int(dice.integers(1, 6)), sheet.bottom)
    columns, rows = int(dice.integers(3, 8)), int(dice.integers(8, 30))
    wide, step = (sheet.right - sheet.margin) / columns, int(sheet.step * 1.2)
    lined = dice.random() < 0.6
    for row in range(rows):
        if sheet.y + step > sheet.bottom:
            return
        if row % 2 and dice.random() < 0.7 and not lined:
            shade = (sheet.margin, sheet.y, sheet.right, sheet.y + step)
            sheet.draw.rectangle(shade, fill=(235, 235, 240))
        for column in range(columns):
            left = sheet.margin + column * wide
            if lined:
                box = (left, sheet.y, left + wide, sheet.y + step)
                sheet.draw.rectangle(box, outline=sheet.ink)
            text = wording.word(dice) if column == 0 or row == 0 else wording.price(dice)
            sheet.text(left + 4, text, 0.9)
        sheet.y += step


def _listing(sheet: _Sheet) -> None:
    sheet.title(1.3)
    while sheet.y < sheet.bottom - sheet.step:
        indent = int(sheet.dice.integers(0, 4)) * 2 * sheet.size
        if sheet.dice.random() < 0.85:
            sheet.text(sheet.margin + indent, wording.words(sheet.dice, 1, 6))
        sheet.y += sheet.step


def _outline(sheet: _Sheet) -> None:
    sheet.title(1.8)
    while sheet.y < sheet.bottom - 2 * sheet.step:
        sheet.text(sheet.margin, wording.words(sheet.dice, 1, 4), 1.1, title=True)
        sheet.y += int(sheet.step * 1.4)
        for _ in range(int(sheet.dice.integers(1, 6))):
            sheet.text(sheet.margin + sheet.size, "\u2022 " + wording.words(sheet.dice, 3, 9))
            sheet.y += sheet.step
        sheet.y += sheet.step // 2


def _sparse(sheet: _Sheet) -> None:
    """A cover, a note: little on much paper."""
    sheet.y = int(sheet.height * sheet.dice.uniform(0.05, 0.4))
    sheet.title(sheet.dice.uniform(1.5, 3.0))
    sheet.paragraph(sheet.margin, sheet.right, int(sheet.dice.integers(2, 12)), sheet.bottom)


def _paper(dice: Dice) -> Colour:
    if dice.random() < 0.6:
        return (255, 255, 255)
    base = int(dice.integers(225, 255))
    return (base, base - int(dice.integers(0, 6)), base - int(dice.integers(0, 22)))


def _dark(dice: Dice) -> Colour:
    shade = dice.integers(0, 80, 3)
    return (int(shade[0]), int(shade[1]), int(shade[2]))
