"""Memes: a photo with a caption over it, above it or below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from scripts.mini.drawn import wording
from scripts.mini.drawn.fonts import Font, Fonts, sized

Dice = np.random.Generator
Picture = Image.Image
Colour = tuple[int, int, int]
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
_INKS: Sequence[Colour] = (WHITE, WHITE, WHITE, WHITE, WHITE, (255, 235, 60), (150, 240, 255))


@dataclass(frozen=True)
class Hand:
    """How captions of one meme are written: edge in shares of a letter, case, colour."""

    face: Path
    size: float  # of a letter, in shares of the width
    edge: float
    upper: bool
    ink: Colour

    def font(self, width: int) -> Font:
        return sized(self.face, int(width * self.size))

    def said(self, dice: Dice, least: int, most: int) -> str:
        text = wording.words(dice, least, most)
        return text.upper() if self.upper else text


def meme(dice: Dice, fonts: Fonts, photos: Sequence[Picture]) -> Picture:
    """With letters large enough to read, of one of a few makes."""
    chosen = photos[int(dice.integers(len(photos)))]
    width = int(dice.integers(360, 640))
    picture = ImageOps.fit(chosen, (width, int(width * dice.uniform(0.72, 1.22))))
    hand = Hand(
        face=fonts.heavy(dice) if dice.random() < 0.5 else fonts.any(dice),
        size=dice.uniform(0.065, 0.135),
        edge=dice.uniform(0.04, 0.12),
        upper=dice.random() < 0.75,
        ink=_INKS[int(dice.integers(len(_INKS)))],
    )
    makes = (_over, _over, _over, _over, _margin, _margin, _panels, _boxed)
    return makes[int(dice.integers(len(makes)))](dice, hand, picture)


def _over(dice: Dice, hand: Hand, picture: Picture) -> Picture:
    """Bright letters with dark edges at the top and the bottom."""
    which = int(dice.integers(5))
    if which != 1:
        _caption(dice, hand, picture, top=True)
    if which != 0:
        _caption(dice, hand, picture, top=False)
    return picture


def _caption(dice: Dice, hand: Hand, picture: Picture, *, top: bool) -> None:
    draw, font = ImageDraw.Draw(picture), hand.font(picture.width)
    lines = _wrapped(hand.said(dice, 2, 8), font, picture.width * dice.uniform(0.75, 1))
    lines = lines[: int(dice.integers(1, 4))]
    step, off = font.size * 1.12, picture.height * dice.uniform(0.01, 0.06)
    y = off if top else picture.height - off - step * len(lines)
    for at, line in enumerate(lines):
        place = ((picture.width - font.getlength(line)) / 2, y + at * step)
        edge = max(1, round(font.size * hand.edge))
        draw.text(place, line, hand.ink, font, stroke_width=edge, stroke_fill=BLACK)


def _margin(dice: Dice, hand: Hand, picture: Picture) -> Picture:
    """The caption on a plain margin above or below, or one on each."""
    font = sized(hand.face, int(picture.width * dice.uniform(0.05, 0.095)))
    paper = (BLACK, WHITE, WHITE, WHITE)[int(dice.integers(4))]
    which = int(dice.integers(5))  # mostly above
    whole = picture
    if which != 0:
        whole = _with_margin(dice, hand, font, whole, paper, above=True)
    if which < 2:
        whole = _with_margin(dice, hand, font, whole, paper, above=False)
    return whole


def _with_margin(
    dice: Dice, hand: Hand, font: Font, picture: Picture, paper: Colour, *, above: bool
) -> Picture:
    lines = _wrapped(hand.said(dice, 3, 14), font, picture.width * dice.uniform(0.7, 0.95))
    lines = lines[: int(dice.integers(1, 5))]
    step, air = dice.uniform(1.1, 1.4) * font.size, dice.uniform(0.3, 1.2) * font.size
    high = int(step * len(lines) + 2 * air)
    whole = Image.new("RGB", (picture.width, picture.height + high), paper)
    whole.paste(picture, (0, high if above else 0))
    ink, draw = (BLACK if paper == WHITE else WHITE), ImageDraw.Draw(whole)
    y, central = (0 if above else picture.height) + air, dice.random() < 0.5
    for at, line in enumerate(lines):
        free = picture.width - font.getlength(line)
        draw.text((free / 2 if central else 0.04 * whole.width, y + at * step), line, ink, font)
    return whole


def _boxed(dice: Dice, hand: Hand, picture: Picture) -> Picture:
    """One to three lines, each in a box of its own over the photo."""
    draw, font = ImageDraw.Draw(picture), hand.font(picture.width)
    paper = WHITE if dice.random() < 0.6 else BLACK
    y = picture.height * dice.uniform(0.02, 0.5)
    for _ in range(int(dice.integers(1, 4))):
        line = _wrapped(hand.said(dice, 2, 4), font, picture.width * 0.9)[0]
        x = (picture.width - font.getlength(line)) * dice.uniform(0.1, 0.9)
        box = (x - 8, y, x + font.getlength(line) + 8, y + 1.3 * font.size)
        draw.rounded_rectangle(box, dice.uniform(0, 10), paper)
        draw.text((x, y + 0.1 * font.size), line, WHITE if paper == BLACK else BLACK, font)
        y += font.size * dice.uniform(1.3, 3)
    return picture


def _panels(dice: Dice, hand: Hand, picture: Picture) -> Picture:
    """Parts of one photo below each other, a caption on each."""
    count = int(dice.integers(2, 4))
    high = picture.width * 6 // 10
    whole = Image.new("RGB", (picture.width, high * count))
    for at in range(count):
        part = ImageOps.fit(picture, (picture.width, high), centering=(0.5, dice.random()))
        whole.paste(_over(dice, hand, part), (0, at * high))
    return whole


def _wrapped(text: str, font: Font, wide: float) -> list[str]:
    lines = [""]
    for each in text.split():
        longer = f"{lines[-1]} {each}".strip()
        if font.getlength(longer) <= wide or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(each)
    return lines
