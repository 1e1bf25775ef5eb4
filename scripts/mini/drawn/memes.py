"""Memes: a photo with a caption over it, above it or below it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from scripts.mini.drawn import wording
from scripts.mini.drawn.fonts import Font, Fonts, sized

Dice = np.random.Generator
Picture = Image.Image


def meme(dice: Dice, fonts: Fonts, photos: Sequence[Picture]) -> Picture:
    """With letters large enough to read, of one of a few makes."""
    chosen = photos[int(dice.integers(len(photos)))]
    width = int(dice.integers(360, 640))
    picture = ImageOps.fit(chosen, (width, int(width * dice.uniform(0.65, 1.3))))
    makes = (_over, _over, _over, _margin, _panels)
    face = fonts.heavy(dice) if dice.random() < 0.6 else fonts.any(dice)
    return makes[int(dice.integers(len(makes)))](dice, face, picture)


def _over(dice: Dice, face: Path, picture: Picture) -> Picture:
    """White letters with black edges at the top and the bottom."""
    draw = ImageDraw.Draw(picture)
    font = sized(face, int(picture.width * dice.uniform(0.075, 0.13)))
    which = int(dice.integers(4))
    if which != 1:
        _caption(draw, dice, font, picture, top=True)
    if which != 0:
        _caption(draw, dice, font, picture, top=False)
    return picture


def _caption(
    draw: ImageDraw.ImageDraw, dice: Dice, font: Font, picture: Picture, *, top: bool
) -> None:
    lines = _wrapped(wording.words(dice, 2, 8).upper(), font, picture.width * 0.94)[:3]
    step = font.size * 1.12
    y = picture.height * 0.02 if top else picture.height * 0.97 - step * len(lines)
    for at, line in enumerate(lines):
        place = ((picture.width - font.getlength(line)) / 2, y + at * step)
        edge = max(2, int(font.size * 0.07))
        draw.text(place, line, (255,) * 3, font, stroke_width=edge, stroke_fill=(0,) * 3)


def _margin(dice: Dice, face: Path, picture: Picture) -> Picture:
    """The caption on a plain margin above or below."""
    font = sized(face, int(picture.width * dice.uniform(0.055, 0.09)))
    lines = _wrapped(wording.words(dice, 4, 14), font, picture.width * 0.92)[:4]
    high = int(font.size * (1.25 * len(lines) + 0.8))
    dark = dice.random() < 0.25
    whole = Image.new(
        "RGB", (picture.width, picture.height + high), (0,) * 3 if dark else (255,) * 3
    )
    above = dice.random() < 0.75
    whole.paste(picture, (0, high if above else 0))
    y = (0 if above else picture.height) + 0.4 * font.size
    for at, line in enumerate(lines):
        ink = (255,) * 3 if dark else (0,) * 3
        ImageDraw.Draw(whole).text((0.04 * whole.width, y + at * 1.25 * font.size), line, ink, font)
    return whole


def _panels(dice: Dice, face: Path, picture: Picture) -> Picture:
    """Parts of one photo below each other, a caption on each."""
    count = int(dice.integers(2, 4))
    high = picture.width * 6 // 10
    whole = Image.new("RGB", (picture.width, high * count))
    for at in range(count):
        part = ImageOps.fit(picture, (picture.width, high), centering=(0.5, dice.random()))
        whole.paste(_over(dice, face, part), (0, at * high))
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
